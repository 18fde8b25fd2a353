import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createClusterCache } from '../../src/controller/cluster-cache.ts'
import { keyOf, taskOf } from '../../src/controller/execute.ts'
import { objectAt, type JsonObject } from '../../src/core/api/json.ts'
import { openGate } from '../../src/core/claim/open-gate.ts'
import type { Action } from '../../src/core/claim/plan.ts'
import { projectClaim } from '../../src/core/claim/project-claim.ts'
import { isForeignPod, projectPod } from '../../src/core/claim/project-pod.ts'
import type { ObservedPod } from '../../src/core/workload/observed.ts'
import { translateResponse } from '../../src/kube/errors.ts'
import { projectWorkload } from '../../src/core/claim/project-workload.ts'
import { DEPLOYMENT } from '../../src/core/workload/deployment.ts'
import { FAILURES } from '../../src/kube/failures.ts'
import { makeClaim, makeDeployment, makeForeignPod, makePod, NAMESPACE } from './cluster-objects.ts'
import { makeMemoryApi } from './memory-api.ts'

const CLAIMS = { base: '/apis/karpenter.sh/v1', resource: 'nodeclaims' }

/** An API server with one workload, and an executor with empty caches. */
function makeExecutor() {
  const api = makeMemoryApi()
  const events: string[] = []
  const cache = createClusterCache(() => undefined)
  const workload = projectWorkload(DEPLOYMENT, api.put('deployments', makeDeployment('model')))
  const execute = (action: Action): Promise<void> =>
    taskOf(action, {
      client: api.client,
      cache,
      events: { record: ({ object, reason }) => events.push(`${object.kind} ${object.name} ${reason}`) },
      failures: FAILURES,
      claims: CLAIMS,
      workload: uid => (uid === workload?.uid ? workload : undefined),
    }).run()
  const known = (): readonly string[] => {
    const { pods, claims } = cache.observe(undefined)
    return [...pods, ...claims].map(({ name, resourceVersion }) => `${name}@${resourceVersion}`)
  }
  return { api, events, execute, known }
}

function versionOf(object: JsonObject | undefined): unknown {
  return objectAt(object, 'metadata')['resourceVersion']
}

async function kindOf(execution: Promise<void>): Promise<string> {
  const error: unknown = await execution.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  return error === undefined ? 'done' : FAILURES.classify(error).kind
}

const CREATE: Action = {
  type: 'create-claim',
  name: 'kn1',
  object: makeClaim('kn1'),
  workloadUid: 'uid-model',
  message: 'claim kn1',
}

function bindOf(raw: JsonObject): Extract<Action, { type: 'bind-pod' }> {
  const pod = projectPod(raw)
  assert.ok(pod !== undefined && !isForeignPod(pod))
  const pin = { key: 'kaito.sh/claim', value: 'kn1' }
  const operations = openGate(pod, pin, [])
  return { type: 'bind-pod', pod, operations, pin, nodeName: 'n1', message: 'node n1' }
}

function evictionOf(pod: ObservedPod): Extract<Action, { type: 'evict-pod' }> {
  return { type: 'evict-pod', pod, workloadUid: 'uid-model', reason: 'NodeLost', message: 'its node is gone' }
}

function claimOf(raw: JsonObject): NonNullable<ReturnType<typeof projectClaim>> {
  const claim = projectClaim(raw)
  assert.ok(claim !== undefined)
  return claim
}

function deleteOf(raw: JsonObject, expectEmpty = true): Action {
  const claim = claimOf(raw)
  return { type: 'delete-claim', claim, reason: 'NodeReleased', message: '', nodeName: 'n1', expectEmpty }
}

describe('create-claim', () => {
  test('makes it, knows it at once and says so', async () => {
    const { api, events, execute, known } = makeExecutor()
    await execute(CREATE)
    const made = api.get('nodeclaims', 'kn1')
    assert.deepEqual(known(), [`kn1@${String(versionOf(made))}`])
    assert.deepEqual(events, ['Deployment model ClaimCreated'])
  })

  test('there already: taken over, and not said again', async () => {
    const { api, events, execute, known } = makeExecutor()
    const before = api.put('nodeclaims', makeClaim('kn1'))
    await execute(CREATE)
    assert.deepEqual([known(), events], [[`kn1@${String(versionOf(before))}`], []])
    assert.equal(api.list('nodeclaims').length, 1)
  })

  test('there already, but not ours (any more): a failure, so that it is not asked for again and again', async () => {
    const { api, execute, known } = makeExecutor()
    const other = api.put('nodeclaims', { metadata: { name: 'kn1', labels: {} } })
    assert.equal(await kindOf(execute(CREATE)), 'already-exists')
    assert.deepEqual([known(), api.list('nodeclaims')], [[], [other]])
  })

  test('executed, but the answer was lost: the second try takes it over', async () => {
    const { api, execute, known } = makeExecutor()
    api.loseAnswer('create nodeclaims')
    assert.equal(await kindOf(execute(CREATE)), 'transient')
    assert.deepEqual(known(), [])
    assert.equal(await kindOf(execute(CREATE)), 'done')
    assert.equal(api.list('nodeclaims').length, 1)
    assert.equal(known().length, 1)
  })

  test('there, and gone before it could be read: tried again', async () => {
    const { api, execute } = makeExecutor()
    api.put('nodeclaims', makeClaim('kn1'))
    api.before('get nodeclaims', () => api.drop('nodeclaims', 'kn1'))
    assert.equal(await kindOf(execute(CREATE)), 'not-found')
    assert.equal(await kindOf(execute(CREATE)), 'done')
  })
})

describe('bind-pod', () => {
  test('pins the pod and opens its gate', async () => {
    const { api, events, execute, known } = makeExecutor()
    await execute(bindOf(api.put('pods', makePod('p', 'model'))))
    const bound = api.get('pods', 'p', NAMESPACE)
    const spec = objectAt(bound, 'spec')
    assert.deepEqual([spec['nodeSelector'], spec['schedulingGates'] ?? []], [{ 'kaito.sh/claim': 'kn1' }, []])
    assert.deepEqual(known(), [`p@${String(versionOf(bound))}`])
    assert.deepEqual(events, ['Pod p NodeAssigned'])
  })

  test('the pod has changed in between: nothing is written', async () => {
    const { api, events, execute } = makeExecutor()
    const action = bindOf(api.put('pods', makePod('p', 'model')))
    const changed = api.put('pods', makePod('p', 'model'))
    assert.equal(await kindOf(execute(action)), 'conflict')
    assert.deepEqual([api.get('pods', 'p', NAMESPACE), events], [changed, []])
  })

  test('a late answer of another leader has bound it already: nothing is written twice', async () => {
    const { api, execute } = makeExecutor()
    const action = bindOf(api.put('pods', makePod('p', 'model')))
    await execute(action)
    const bound = api.get('pods', 'p', NAMESPACE)
    assert.equal(await kindOf(execute(action)), 'conflict')
    assert.equal(api.get('pods', 'p', NAMESPACE), bound)
  })

  test('the pod is gone: forgotten, without an error and without a word', async () => {
    const { api, events, execute, known } = makeExecutor()
    const action = bindOf(api.put('pods', makePod('p', 'model')))
    await execute(bindOf(api.put('pods', makePod('p', 'model'))))
    assert.equal(known().length, 1)
    api.drop('pods', 'p', NAMESPACE)
    assert.equal(await kindOf(execute(action)), 'done')
    assert.deepEqual([known(), events], [[], ['Pod p NodeAssigned']])
  })
})

describe('evict-pod', () => {
  test('a namesake that came after it is left alone', async () => {
    const { api, events, execute } = makeExecutor()
    const { pod } = bindOf(api.put('pods', makePod('p', 'model')))
    api.drop('pods', 'p', NAMESPACE)
    const namesake = api.put('pods', makePod('p', 'model'))
    const evict = evictionOf(pod)
    assert.equal(await kindOf(execute(evict)), 'conflict')
    assert.deepEqual([api.get('pods', 'p', NAMESPACE), events], [namesake, []])
  })

  const causes = [{ reason: 'DisruptionBudget', message: 'The disruption budget b needs 1 healthy pods' }]
  const refusals: readonly (readonly [name: string, status: number, body: object, said: number])[] = [
    ['a disruption budget', 429, { message: 'Cannot evict pod.', details: { causes } }, 2],
    ['a policy', 403, { message: 'denied by policy' }, 2],
    ['an API server that has too much to do', 429, { message: 'too many requests' }, 0],
  ]
  for (const [name, status, body, said] of refusals)
    test(`refused by ${name}: ${said > 0 ? 'said of the pod and its workload' : 'tried again without a word'}`, async () => {
      const { api, events, execute } = makeExecutor()
      const { pod } = bindOf(api.put('pods', makePod('p', 'model')))
      api.before('evict pods', () => {
        throw translateResponse('POST eviction', { status, body: JSON.stringify(body) })
      })
      assert.notEqual(await kindOf(execute(evictionOf(pod))), 'done')
      assert.deepEqual(events, ['Pod p EvictionRefused', 'Deployment model EvictionRefused'].slice(0, said))
    })
})

describe('delete-claim', () => {
  const pods: readonly (readonly [name: string, pod: JsonObject, isDeleted: boolean])[] = [
    ['somebody else’s pod', makeForeignPod('f', 'n1'), false],
    ['a pod of ours', { ...makePod('p', 'model'), spec: { nodeName: 'n1' } }, false],
    ['a pod of a DaemonSet', makeForeignPod('d', 'n1', 'DaemonSet'), true],
    ['a pod that has ended', { ...makeForeignPod('f', 'n1'), status: { phase: 'Succeeded' } }, true],
    ['a pod on another node', makeForeignPod('f', 'n2'), true],
  ]
  for (const [name, pod, isDeleted] of pods) {
    test(`${name} came a moment ago: ${isDeleted ? 'deleted' : 'kept, without an error'}`, async () => {
      const { api, events, execute } = makeExecutor()
      const action = deleteOf(api.put('nodeclaims', makeClaim('kn1')))
      api.before('list pods', () => void api.put('pods', pod))
      assert.equal(await kindOf(execute(action)), 'done')
      assert.equal(api.list('nodeclaims').length, isDeleted ? 0 : 1)
      assert.deepEqual(events, isDeleted ? ['Deployment model NodeReleased'] : [])
    })
  }

  test('of a dead node: whatever is left on it', async () => {
    const { api, execute } = makeExecutor()
    api.put('pods', makeForeignPod('f', 'n1'))
    await execute(deleteOf(api.put('nodeclaims', makeClaim('kn1')), false))
    assert.deepEqual(api.list('nodeclaims'), [])
  })

  test('not the version that was judged: kept, and tried again', async () => {
    const { api, execute } = makeExecutor()
    const action = deleteOf(api.put('nodeclaims', makeClaim('kn1')))
    api.before('delete', () => void api.put('nodeclaims', makeClaim('kn1')))
    assert.equal(await kindOf(execute(action)), 'conflict')
    assert.equal(api.list('nodeclaims').length, 1)
  })

  test('a new claim of the same name is left alone', async () => {
    const { api, execute } = makeExecutor()
    const action = deleteOf(api.put('nodeclaims', makeClaim('kn1')))
    api.drop('nodeclaims', 'kn1')
    api.put('nodeclaims', makeClaim('kn1'))
    assert.equal(await kindOf(execute(action)), 'conflict')
    assert.equal(api.list('nodeclaims').length, 1)
  })

  test('gone already: forgotten', async () => {
    const { api, events, execute, known } = makeExecutor()
    await execute(CREATE)
    const action = deleteOf(api.get('nodeclaims', 'kn1') ?? {})
    api.drop('nodeclaims', 'kn1')
    assert.equal(await kindOf(execute(action)), 'done')
    assert.deepEqual([known(), events], [[], ['Deployment model ClaimCreated']])
  })
})

test('label-claim puts the label back', async () => {
  const { api, execute } = makeExecutor()
  const claim = claimOf(api.put('nodeclaims', makeClaim('kn1')))
  api.put('nodeclaims', { metadata: { name: 'kn1', labels: { mine: 'yes' } } })
  await execute({ type: 'label-claim', claim })
  const labels = objectAt(objectAt(api.get('nodeclaims', 'kn1'), 'metadata'), 'labels')
  assert.deepEqual(labels, { mine: 'yes', 'kaito.sh/claim': 'kn1' })
})

describe('mark-idle, mark-busy', () => {
  test('the mark comes and goes, everything else stays', async () => {
    const { api, execute } = makeExecutor()
    const claim = claimOf(api.put('nodeclaims', makeClaim('kn1', { other: 'x' })))
    await execute({ type: 'mark-idle', claim, value: '2026-11-22T10:00:00.000Z' })
    const annotations = () => objectAt(objectAt(api.get('nodeclaims', 'kn1'), 'metadata'), 'annotations')
    assert.deepEqual(annotations(), { other: 'x', 'kaito.sh/idle-since': '2026-11-22T10:00:00.000Z' })
    await execute({ type: 'mark-busy', claim, value: undefined })
    assert.deepEqual(annotations(), { other: 'x' })
  })
})

test('everything about one claim or one pod has one key, whatever is done', () => {
  const { api } = makeExecutor()
  const claim = claimOf(api.put('nodeclaims', makeClaim('kn1')))
  const { pod, ...bind } = bindOf(api.put('pods', makePod('p', 'model')))
  const ofClaim = [CREATE, deleteOf(api.get('nodeclaims', 'kn1') ?? {})]
  assert.deepEqual(
    new Set([...ofClaim, { type: 'mark-idle', claim, value: '' } as const].map(keyOf)),
    new Set(['claim kn1']),
  )
  const evict = evictionOf(pod)
  assert.deepEqual(keyOf({ ...bind, pod }), keyOf(evict))
})
