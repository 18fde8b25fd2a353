import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { describeWithControlPlane, skipWithoutControlPlane } from './available.ts'
import { serviceAccountIdentity } from './certificates.ts'
import { controlPlanePrograms } from './control-plane-programs.ts'
import { startControlPlane, type ControlPlane } from './control-plane.ts'
import { runNode, type NodeProcess } from './node-process.ts'
import { poll } from './poll.ts'
import { processesMentioning } from './running-processes.ts'
import { temporaryFolder } from './temporary-folder.ts'

const timeoutMs = 30_000
const none = { PATH: '/nonexistent' }

interface PodList {
  readonly items: readonly {
    readonly spec: object
    readonly status: { readonly conditions?: readonly Condition[] }
  }[]
}

interface Condition {
  readonly type: string
  readonly reason?: string
  readonly message?: string
}

const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', labels: { app: 'web' } },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'web', image: 'example.test/web:1' }] },
    },
  },
}

const isUnschedulable = ({ type, reason }: Condition): boolean =>
  type === 'PodScheduled' && reason === 'Unschedulable'

const grant = async (plane: ControlPlane, to: readonly string[]): Promise<void> => {
  const role = await plane.kubectl(['create', 'role', 'reader', '--verb=get,list', '--resource=pods'])
  const binding = await plane.kubectl(['create', 'rolebinding', 'reader', '--role=reader', ...to])
  assert.deepEqual([role.code, binding.code], [0, 0], role.stderr + binding.stderr)
}

const untilNothingIsLeftOf = async (folder: string): Promise<void> => {
  await poll(`no process of ${folder}`, timeoutMs, async () =>
    (await processesMentioning(folder)).length === 0 ? true : undefined,
  )
}

// Another process with a control plane of its own, and the data folder of that.
const startElsewhere = async (env = process.env): Promise<{ runner: NodeProcess; folder: string }> => {
  const runner = runNode(`await import('./run.ts')`, env)
  const folder = /KUBECONFIG=(?<folder>.*)\/pki\//.exec(await runner.nextLine())?.groups?.['folder']
  assert.ok(folder)
  return { runner, folder }
}

await describeWithControlPlane('a control plane', {}, plane => {
  test('answers kubectl, whose own files stay in the data folder', async () => {
    const version = await plane().kubectl(['version', '-o', 'json'])
    assert.equal(version.code, 0, version.stderr)
    const { clientVersion, serverVersion } = JSON.parse(version.stdout)
    assert.match(serverVersion.gitVersion, /^v1\.\d+\.\d+/)
    if (!process.env['KUBEBUILDER_ASSETS']) assert.equal(clientVersion.gitVersion, serverVersion.gitVersion)
    assert.deepEqual(readdirSync(join(plane().folder, 'home')), ['.kube'])
  })

  test('gives a Deployment its ReplicaSet and pods, and schedules them', async () => {
    const applied = await plane().kubectl(['apply', '-f', '-'], { input: JSON.stringify(deployment) })
    assert.deepEqual(applied, { code: 0, stdout: 'deployment.apps/web created\n', stderr: '' })
    const pods = '/api/v1/namespaces/default/pods?labelSelector=app%3Dweb'
    await poll('two pods that the scheduler has seen', timeoutMs, async () => {
      const { items } = (await plane().request<PodList>('GET', pods)).body
      const unschedulable = items.filter(({ status }) => status.conditions?.some(isUnschedulable))
      return unschedulable.length === 2 ? true : undefined
    })
    const owners = await plane().kubectl(['get', 'rs', '-l', 'app=web', '-o', 'name'])
    assert.match(owners.stdout, /^replicaset\.apps\/web-[\da-z]+\n$/)
  })

  test('lets a user do what RBAC grants, and no more', async () => {
    const kubeconfig = await plane().kubeconfigFor({ user: 'jane', groups: ['dev'] })
    const asJane = (args: readonly string[]) => plane().kubectl(args, { kubeconfig })
    const refused = await asJane(['get', 'pods'])
    assert.equal(refused.code, 1)
    assert.match(refused.stderr, /\(Forbidden\): pods is forbidden: User "jane" cannot list resource "pods"/)
    await grant(plane(), ['--group=dev'])
    await poll('jane may list pods', timeoutMs, async () =>
      (await asJane(['get', 'pods'])).code === 0 ? true : undefined,
    )
    assert.equal((await asJane(['delete', 'pods', '--all'])).code, 1)
    const whoAmI = await asJane(['auth', 'whoami', '-o', 'json'])
    assert.deepEqual(JSON.parse(whoAmI.stdout).status.userInfo.groups, ['dev', 'system:authenticated'])
  })

  test('knows a service account by its certificate', async () => {
    const kubeconfig = await plane().kubeconfigFor(serviceAccountIdentity('default', 'default'))
    const { stderr } = await plane().kubectl(['get', 'nodes'], { kubeconfig })
    assert.match(stderr, /User "system:serviceaccount:default:default" cannot list resource "nodes"/)
  })

  test('answers requests: success, refusal, patch, and text', async () => {
    const { request } = plane()
    const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' }, data: { a: '1' } }
    const path = '/api/v1/namespaces/default/configmaps'
    assert.equal((await request('POST', path, configMap)).status, 201)
    assert.equal((await request('POST', path, configMap)).status, 409)
    const patch = [{ op: 'replace', path: '/data/a', value: '2' }]
    const patched = await request<typeof configMap>(
      'PATCH',
      `${path}/c`,
      patch,
      'application/json-patch+json',
    )
    assert.deepEqual([patched.status, patched.body.data], [200, { a: '2' }])
    assert.deepEqual(await request('GET', '/readyz'), { status: 200, body: 'ok' })
  })

  test('has the default admission plugins', async () => {
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p' },
      spec: deployment.spec.template.spec,
    }
    const path = '/api/v1/namespaces/default/pods?dryRun=All'
    interface Pod {
      readonly spec: { readonly serviceAccountName?: string; readonly tolerations?: readonly object[] }
    }
    const { spec } = (await plane().request<Pod>('POST', path, pod)).body
    // ServiceAccount and DefaultTolerationSeconds.
    assert.deepEqual([spec.serviceAccountName, spec.tolerations?.length], ['default', 2])
  })

  test('kills a kubectl that does not end', async () => {
    const watch = plane().kubectl(['get', 'pods', '--watch'], { timeoutMs: 1_000 })
    await assert.rejects(watch, /kubectl get pods --watch: killed after 1000 ms/)
  })
})

describe('control planes', { skip: await skipWithoutControlPlane() }, () => {
  test('run side by side, and stop without a trace', async () => {
    const planes = await Promise.all([startControlPlane(), startControlPlane({ controllers: false })])
    const [first, second] = planes
    assert.notEqual(first.url, second.url)
    await first.kubectl(['create', 'namespace', 'only-here'])
    const statuses = planes.map(
      async plane => (await plane.request('GET', '/api/v1/namespaces/only-here')).status,
    )
    assert.deepEqual(await Promise.all(statuses), [200, 404])
    assert.equal((await processesMentioning(first.folder)).length, 4)
    assert.equal((await processesMentioning(second.folder)).length, 2)
    await Promise.all(planes.map(plane => plane.stop()))
    for (const { folder } of planes) {
      assert.deepEqual(await processesMentioning(folder), [])
      assert.equal(existsSync(folder), false)
    }
    await first.stop()
  })

  test('take feature gates, and keep logs where they are told to', async () => {
    const logFolder = join(temporaryFolder(), 'logs')
    const featureGates = { CustomCPUCFSQuotaPeriod: true }
    {
      await using plane = await startControlPlane({ logFolder, controllers: false, featureGates })
      const { body } = await plane.request<string>('GET', '/metrics')
      assert.match(body, /kubernetes_feature_enabled\{name="CustomCPUCFSQuotaPeriod".*\} 1/)
    }
    assert.deepEqual(readdirSync(logFolder).toSorted(), ['etcd.log', 'kube-apiserver.log'])
    assert.match(readFileSync(join(logFolder, 'kube-apiserver.log'), 'utf8'), /Serving securely/)
  })

  test('that cannot start say why, and leave only logs', async () => {
    const logFolder = temporaryFolder()
    const failing = startControlPlane({ logFolder, featureGates: { NoSuchGate: true } })
    await assert.rejects(failing, /^Error: kube-[a-z-]+ ended with exit code 1; the end of [^]*NoSuchGate/)
    await untilNothingIsLeftOf(logFolder)
    assert.ok(readdirSync(logFolder).includes('kube-apiserver.log'))
  })

  for (const signal of ['SIGKILL', 'SIGINT'] as const) {
    test(`end with a process that ends by ${signal}`, async () => {
      const { runner, folder } = await startElsewhere()
      assert.equal((await processesMentioning(folder)).length, 4)
      assert.deepEqual(await runner.kill(signal), { code: null, signal })
      await untilNothingIsLeftOf(folder)
      // After SIGKILL nobody was left to remove it; a start an hour later does.
      assert.equal(existsSync(folder), signal === 'SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    })
  }

  test('of KUBEBUILDER_ASSETS end with a process that is killed, too', async () => {
    const assets = join((await controlPlanePrograms(['kubectl']))('kubectl').path, '..')
    const { runner, folder } = await startElsewhere({ ...process.env, KUBEBUILDER_ASSETS: assets })
    // Each with its guard.
    assert.equal((await processesMentioning(folder)).length, 8)
    await runner.kill('SIGKILL')
    await untilNothingIsLeftOf(folder)
    rmSync(folder, { recursive: true })
  })
})

describe('tests without a control plane', () => {
  test('are skipped with the reason', async () => {
    assert.equal(
      await skipWithoutControlPlane({}, none),
      'needs a control plane: there is no Go, and KUBEBUILDER_ASSETS is not set',
    )
  })

  test('fail in CI', async () => {
    await assert.rejects(
      skipWithoutControlPlane({}, { ...none, CI: 'true' }),
      /there is no Go.*nothing may be skipped/,
    )
  })
})
