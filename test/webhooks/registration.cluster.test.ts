// What the API server makes of the registration: which writes reach us, and what happens while we are down.
import assert from 'node:assert/strict'
import { createServer, type Socket } from 'node:net'
import { once } from 'node:events'
import { after, before, describe, test } from 'node:test'
import { isObject, listAt, objectAt, stringAt, type JsonObject } from '../../src/core/api/json.ts'
import { startServe, type TestServe } from '../cli/make-serve.ts'
import { manualTicks } from '../cli/manual-ticks.ts'
import { describeWithControlPlane } from '../cluster/available.ts'
import { poll } from '../cluster/poll.ts'
import { collectionPath, makeWorkload, type WorkloadKindName, type WorkloadOptions } from './make-workload.ts'

const PRESET = { 'kaito.sh/preset': 'phi' }
const PLAN = { 'kaito.sh/plan': '{}' }
const KINDS = ['Deployment', 'StatefulSet', 'Job', 'CronJob'] as const
const TIMEOUT_MS = 3_000

/** Where the API server keeps what is registered. */
function ownPath(resource: string): string {
  return `/apis/admissionregistration.k8s.io/v1/${resource}/kaito-native`
}

await describeWithControlPlane('the registration on a real API server', {}, plane => {
  let serve: TestServe
  let port: string

  /** The same port each time, so that the registration stays what it was. */
  function start(): TestServe {
    return startServe({ '--kubeconfig': plane().kubeconfig, ...(port && { '--webhook-port': port }) })
  }

  before(async () => {
    port = ''
    await plane().kubectl(['create', 'namespace', 'kaito-system'])
    serve = start()
    await serve.ready()
    port = String((await serve.logged(/webhooks are registered/))['port'])
    // The API server reads what was registered by a watch of its own.
    await poll('webhooks in effect', 10_000, async () => {
      const { status } = await create('Deployment', 'probe', { own: { 'kaito.sh/preset': 'unknown' } })
      return status === 422 ? true : undefined
    })
    await serve.stop()
    await poll('policy in effect', 10_000, async () => {
      const { status } = await create('Deployment', 'probe', { own: PRESET })
      return status === 403 ? true : undefined
    })
    serve = start()
    await serve.ready()
  })
  after(() => serve[Symbol.asyncDispose]())

  interface Answer {
    readonly status: number
    readonly body: JsonObject
    /** Of a refusal. */
    readonly message: string
    readonly asked: readonly string[]
    readonly ms: number
  }

  async function request(
    method: string,
    path: string,
    body?: JsonObject,
    contentType?: string,
  ): Promise<Answer> {
    const first = serve.asked.length
    const startMs = performance.now()
    const answer = await plane().request<JsonObject>(method, path, body, contentType)
    const message = stringAt(answer.body, 'message') ?? ''
    // The API server itself repeats a patch, with its admission, when a controller was faster.
    const asked = [...new Set(serve.asked.slice(first))]
    return { ...answer, message, asked, ms: performance.now() - startMs }
  }

  function create(
    kind: WorkloadKindName,
    name: string,
    options?: WorkloadOptions,
    namespace = 'default',
  ): Promise<Answer> {
    return request('POST', collectionPath(kind, namespace), makeWorkload(kind, name, options))
  }

  function patch(kind: WorkloadKindName, name: string, body: JsonObject): Promise<Answer> {
    return request('PATCH', `${collectionPath(kind)}/${name}`, body, 'application/merge-patch+json')
  }

  function kubectlApply(name: string, preset: string) {
    const workload = makeWorkload('Deployment', name, { own: { 'kaito.sh/preset': preset } })
    return plane().kubectl(['apply', '-f', '-'], { input: JSON.stringify(workload) })
  }

  async function isGone(kind: WorkloadKindName, name: string): Promise<void> {
    const path = `${collectionPath(kind)}/${name}`
    await poll(`${kind} ${name} gone`, 20_000, async () =>
      (await request('GET', path)).status === 404 ? true : undefined,
    )
  }

  async function deleteForeground(kind: WorkloadKindName, name: string): Promise<void> {
    const options = { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: 'Foreground' }
    assert.equal((await request('DELETE', `${collectionPath(kind)}/${name}`, options)).status, 200)
    await isGone(kind, name)
  }

  test('the API server finds nothing to say about the expressions of the policy', async () => {
    const path = ownPath('validatingadmissionpolicies')
    const status = await poll('type checking', 20_000, async () => {
      const { body } = await request('GET', path)
      const { generation } = objectAt(body, 'metadata')
      const checked = objectAt(body, 'status')
      return checked['observedGeneration'] === generation ? checked : undefined
    })
    assert.deepEqual(objectAt(status, 'typeChecking'), {})
  })

  test('1,000 objects without annotations: no request at all', async () => {
    const names = Array.from({ length: 250 }, (_, index) => `plain-${index}`)
    const first = serve.asked.length
    for (const kind of KINDS) {
      for (let from = 0; from < names.length; from += 50) {
        const answers = await Promise.all(names.slice(from, from + 50).map(name => create(kind, name)))
        assert.deepEqual(new Set(answers.map(answer => answer.status)), new Set([201]))
      }
    }
    assert.deepEqual(serve.asked.slice(first), [])
    const counted = (await serve.metrics())
      .split('\n')
      .filter(line => line.startsWith('kaito_native_admission_requests_total{'))
    assert.equal(
      counted.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0),
      serve.asked.length,
    )
    await Promise.all(KINDS.map(kind => request('DELETE', collectionPath(kind))))
  })

  describe('which writes are asked about', () => {
    const both = ['mutate', 'validate']
    const table: readonly {
      name: string
      kind: WorkloadKindName
      given: WorkloadOptions
      want: readonly string[]
    }[] = [
      { name: 'preset on a Deployment', kind: 'Deployment', given: { own: PRESET }, want: both },
      { name: 'preset on a StatefulSet', kind: 'StatefulSet', given: { own: PRESET }, want: both },
      { name: 'preset on a Job, refused', kind: 'Job', given: { own: PRESET }, want: ['mutate'] },
      {
        name: 'preset on the job template, refused',
        kind: 'CronJob',
        given: { jobTemplate: PRESET },
        want: ['mutate'],
      },
      { name: 'plan alone', kind: 'Deployment', given: { own: PLAN }, want: both },
      { name: 'plan alone on a job template', kind: 'CronJob', given: { jobTemplate: PLAN }, want: both },
      {
        name: 'preset misplaced on the pod template',
        kind: 'Deployment',
        given: { template: PRESET },
        want: ['mutate'],
      },
      { name: 'preset misplaced in a CronJob', kind: 'CronJob', given: { own: PRESET }, want: ['mutate'] },
      {
        name: 'preset misplaced deep in a CronJob',
        kind: 'CronJob',
        given: { template: PRESET },
        want: ['mutate'],
      },
      {
        name: 'other annotations',
        kind: 'Deployment',
        given: { own: { 'kaito.sh/other': 'x', preset: 'x' } },
        want: [],
      },
      { name: 'no annotations', kind: 'CronJob', given: {}, want: [] },
    ]
    table.forEach(({ name, kind, given, want }, index) => {
      test(name, async () => {
        const answer = await create(kind, `asked-${index}`, given)
        assert.deepEqual(
          answer.asked,
          want.map(webhook => `${webhook} CREATE ${kind} default/asked-${index}`),
        )
        assert.equal(answer.status, name.endsWith('refused') ? 422 : 201)
      })
    })

    test('an UPDATE that removes the annotations, and not the one after it', async () => {
      await create('Deployment', 'leaver', { own: PRESET })
      const update = ['mutate UPDATE Deployment default/leaver', 'validate UPDATE Deployment default/leaver']
      const removed = { metadata: { annotations: { 'kaito.sh/preset': null } } }
      assert.deepEqual((await patch('Deployment', 'leaver', removed)).asked, update)
      const plan = { metadata: { annotations: { 'kaito.sh/plan': null } } }
      assert.deepEqual((await patch('Deployment', 'leaver', plan)).asked, update)
      // A patch begins with what the API server has in its cache, which may still be the object before.
      await poll('the cache has it', 10_000, async () => {
        const { body } = await request('GET', `${collectionPath('Deployment')}/leaver?resourceVersion=0`)
        const annotations = objectAt(objectAt(body, 'metadata'), 'annotations')
        return 'kaito.sh/plan' in annotations ? undefined : true
      })
      assert.deepEqual((await patch('Deployment', 'leaver', { metadata: { labels: { a: 'b' } } })).asked, [])
    })

    test('none in kube-system and in our own namespace', async () => {
      for (const namespace of ['kube-system', 'kaito-system']) {
        const answer = await create('Deployment', 'own', { own: PRESET }, namespace)
        assert.deepEqual([answer.status, answer.asked], [201, []])
      }
    })

    test('not scale, not status, not deletion', async () => {
      await create('Deployment', 'living', { own: PRESET })
      const path = `${collectionPath('Deployment')}/living`
      const scale = await request(
        'PATCH',
        `${path}/scale`,
        { spec: { replicas: 1 } },
        'application/merge-patch+json',
      )
      const conditions = [{ type: 'kaito.sh/Ready', status: 'True' }]
      const status = await request(
        'PATCH',
        `${path}/status`,
        { status: { conditions } },
        'application/merge-patch+json',
      )
      assert.deepEqual([scale.status, scale.asked, status.status, status.asked], [200, [], 200, []])
      const first = serve.asked.length
      await deleteForeground('Deployment', 'living')
      assert.deepEqual(serve.asked.slice(first), [])
    })
  })

  test('what was decided is what the API server does', async () => {
    const path = collectionPath('Deployment')
    const { body } = await request('GET', `${path}/asked-0`)
    assert.equal(objectAt(objectAt(body, 'metadata'), 'annotations')['kaito.sh/plan'], '{}')
    const dryRun = await request(
      'POST',
      `${path}?dryRun=All`,
      makeWorkload('Deployment', 'dry', { own: PRESET }),
    )
    assert.equal(objectAt(objectAt(dryRun.body, 'metadata'), 'annotations')['kaito.sh/plan'], '{}')
  })

  test('kubectl shows warnings and every mistake', async () => {
    const good = await kubectlApply('shown', 'phi')
    assert.deepEqual([good.code, good.stderr], [0, 'Warning: kaito.sh: planned for the test\n'])
    const bad = await kubectlApply('refused', 'unknown')
    assert.equal(bad.code, 1)
    assert.match(
      bad.stderr,
      /^The Deployment "refused" is invalid: metadata\.annotations\[kaito\.sh\/preset\]: Not found: "unknown": see kaito-native presets\n$/,
    )
  })

  test('a refusal is a Status with message and causes', async () => {
    const { status, body, message } = await create('Deployment', 'refused', {
      own: { 'kaito.sh/preset': 'unknown' },
    })
    assert.equal(status, 422)
    assert.match(
      message,
      /^admission webhook "mutate\.kaito\.sh" denied the request: kaito-native: Deployment\.apps "refused" is invalid: metadata/,
    )
    assert.deepEqual([body['reason'], listAt(objectAt(body, 'details'), 'causes').length], ['Invalid', 1])
  })

  test('a bug of ours refuses, and names kaito-native', async () => {
    const { status, message } = await create('Deployment', 'buggy', {
      own: { 'kaito.sh/preset': 'bug' },
    })
    assert.equal(status, 403)
    assert.match(message, /kaito-native did not complete this workload/)
    const later = await create('Deployment', 'buggy', { own: { 'kaito.sh/preset': 'validate-bug' } })
    assert.equal(later.status, 500)
    assert.match(
      later.message,
      /failed calling webhook "validate\.kaito\.sh": .*kaito-native: internal error while reviewing/,
    )
  })

  describe('while kaito-native is down', () => {
    before(async () => {
      await create('Deployment', 'planned', { own: PRESET })
      await create('Deployment', 'deleted', { own: PRESET })
      await create('Deployment', 'plain')
      await serve.stop()
    })
    after(async () => {
      serve = start()
      await serve.ready()
    })

    test('a new annotated workload is refused by name, with what to do', async () => {
      for (const [kind, options] of [
        ['Deployment', { own: PRESET }],
        ['StatefulSet', { own: PRESET }],
        ['Job', { own: PRESET }],
        ['CronJob', { jobTemplate: PRESET }],
      ] as const) {
        const { status, message, ms } = await create(kind, 'too-early', options)
        assert.equal(status, 403)
        assert.match(
          message,
          /ValidatingAdmissionPolicy 'kaito-native' .*: kaito-native did not complete this workload: its webhook mutate\.kaito\.sh could not be reached or failed\. Try again when https:\/\/127\.0\.0\.1:\d+ answers/,
        )
        assert.ok(ms < TIMEOUT_MS)
      }
    })

    test('also where a connection is made and nothing ever comes back', async () => {
      const sockets: Socket[] = []
      const silent = createServer(socket => void sockets.push(socket.on('error', () => {}).resume()))
      silent.listen(Number(port), '127.0.0.1')
      await once(silent, 'listening')
      const { status, message, ms } = await create('Deployment', 'too-early', { own: PRESET })
      for (const socket of sockets) socket.destroy()
      await once(silent.close(), 'close')
      assert.equal(status, 403)
      assert.match(message, /kaito-native did not complete this workload/)
      assert.ok(ms > TIMEOUT_MS - 500 && ms < TIMEOUT_MS + 2_000, `${ms} ms`)
    })

    test('an update of a planned workload is refused', async () => {
      const { status, message } = await patch('Deployment', 'planned', {
        metadata: { annotations: { 'kaito.sh/replan': '2' } },
      })
      assert.equal(status, 500)
      assert.match(message, /failed calling webhook "kaito-native-must-be-running\.kaito\.sh"/)
    })

    test('everything else goes on', async () => {
      for (const kind of KINDS) assert.equal((await create(kind, 'unaffected')).status, 201)
      assert.equal((await patch('Deployment', 'plain', { metadata: { labels: { a: 'b' } } })).status, 200)
      assert.equal((await create('Deployment', 'misplaced', { template: PRESET })).status, 201)
      assert.equal((await create('CronJob', 'misplaced', { own: PRESET })).status, 201)
    })

    test('planned workloads scale, report and are deleted', async () => {
      const path = `${collectionPath('Deployment')}/planned`
      const scale = await request(
        'PATCH',
        `${path}/scale`,
        { spec: { replicas: 1 } },
        'application/merge-patch+json',
      )
      assert.equal(scale.status, 200)
      // The Deployment controller writes status, ReplicaSets and finalizers.
      await poll('a ReplicaSet of one', 20_000, async () => {
        const { body } = await request('GET', path)
        return objectAt(body, 'status')['replicas'] === 1 ? true : undefined
      })
      await deleteForeground('Deployment', 'planned')
      assert.equal((await request('DELETE', `${collectionPath('Deployment')}/deleted`)).status, 200)
      await isGone('Deployment', 'deleted')
    })
  })

  test('and afterwards admission works again, with the same certificates', async () => {
    assert.equal((await create('Deployment', 'later', { own: PRESET })).status, 201)
    assert.ok(!serve.log.some(line => String(line['msg']).includes('issuing')))
  })

  test('what somebody deletes or changes comes back', async () => {
    const { refreshTicks, tick } = manualTicks()
    await serve.stop()
    serve = startServe({ '--kubeconfig': plane().kubeconfig, '--webhook-port': port }, { refreshTicks })
    await serve.ready()
    await request('DELETE', ownPath('validatingwebhookconfigurations'))
    const change = [{ op: 'replace', path: '/webhooks/0/failurePolicy', value: 'Fail' }]
    await plane().request(
      'PATCH',
      ownPath('mutatingwebhookconfigurations'),
      change,
      'application/json-patch+json',
    )
    tick()
    await poll('the registration as it was', 10_000, async () => {
      const [mutating, validating] = await Promise.all(
        ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'].map(kind =>
          request('GET', ownPath(kind)),
        ),
      )
      const [webhook] = mutating === undefined ? [] : listAt(mutating.body, 'webhooks')
      const isBack = isObject(webhook) && webhook['failurePolicy'] === 'Ignore' && validating?.status === 200
      return isBack ? true : undefined
    })
  })
})
