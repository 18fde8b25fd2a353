// `status` on the real API server: planned workloads, their conditions, nodes and claims, and what a user may see of them.
import assert from 'node:assert/strict'
import { dirname } from 'node:path'
import { before, test } from 'node:test'
import { desiredConditions } from '../../src/core/status/desired-conditions.ts'
import { planStatusPatch } from '../../src/core/status/plan-status-patch.ts'
import type { StatusRow } from '../../src/core/status/status-row.ts'
import type { WorkloadPods } from '../../src/core/status/resource-condition.ts'
import { runStatus } from '../../src/cli/status.ts'
import { makeObservedWorkload } from '../core/companion/make-workload.ts'
import { placed, refused } from '../core/status/make-pods.ts'
import { describeWithControlPlane } from '../cluster/available.ts'
import { poll } from '../cluster/poll.ts'
import { createPlanned, createReadyNode, podsOf, type ListedPod } from './planned-workload.ts'
import { repositoryFile, runCli } from './run-cli.ts'
import { createTemporaryFiles } from './temporary-file.ts'

const file = createTemporaryFiles()
const catalogueFile = createTemporaryFiles()
const NAMESPACE = 'team-a'
const TYPE = 'Standard_NC24ads_A100_v4'
const CLAIM = { name: 'kn0123456789', namespace: NAMESPACE }
const CRD = repositoryFile('test/fixtures/crds/karpenter.sh_nodeclaims.karpenter-1.14.1.yaml').pathname
const PATCH = 'application/strategic-merge-patch+json'

await describeWithControlPlane('status on a real API server', {}, plane => {
  let held: ListedPod
  before(async () => {
    held = await createPlanned(plane(), file, { namespace: NAMESPACE, name: 'phi' })
  })

  const status = (...args: string[]) => runCli(['status', ...args, '--kubeconfig', plane().kubeconfig])

  async function rowOf(...args: string[]): Promise<StatusRow> {
    const { stdout } = await status('phi', '-n', NAMESPACE, '-o', 'json', ...args)
    const [row, ...rest] = JSON.parse(stdout) as readonly StatusRow[]
    assert.ok(row)
    assert.equal(rest.length, 0)
    return row
  }

  const deployment = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments/phi`

  async function writeConditions(pods: WorkloadPods): Promise<void> {
    const workload = makeObservedWorkload()
    const body = planStatusPatch(workload, desiredConditions(workload, pods), Date.now())
    const answer = await plane().request('PATCH', `${deployment}/status`, body, PATCH)
    assert.equal(answer.status, 200, JSON.stringify(answer.body))
  }

  test('before the controller has looked', async () => {
    const { code, stdout, stderr } = await status('-n', NAMESPACE)
    assert.deepEqual([code, stderr], [0, ''])
    assert.match(
      stdout,
      /^NAME +INSTANCE +RESOURCEREADY +INFERENCEREADY +WORKSPACEREADY +AGE +KIND +PRESET +NODES +GPUS +COST\/H +WHY\nphi +Standard_\S+ +Unknown +Unknown +Unknown +\d+s +Deployment +phi-4-mini-instruct +0 +0 +- +Unknown: the controller has not looked at it yet\n$/,
    )
  })

  test('a workload that waits: why, and exit code 1 where it is named', async () => {
    await writeConditions({ states: [refused], ready: 0 })
    const { code, stdout, stderr } = await status('deploy/phi', '-n', NAMESPACE)
    assert.equal(code, 1)
    assert.match(stdout, /False +False +False/)
    assert.equal(stderr, `Deployment/phi is not ready: WaitingForCapacity: ${refused.message}\n`)
    assert.equal((await status('-A')).code, 0)
  })

  test('a claim under way and then its node, with GPUs and the type that was chosen', async () => {
    const applied = await plane().kubectl(['apply', '--server-side', '-f', CRD])
    assert.equal(applied.code, 0, applied.stderr)
    const { body: owner } = await plane().request<{ metadata: { uid: string } }>('GET', deployment)
    await poll('the claim is taken', 30_000, async () => {
      const { status: code } = await plane().request('POST', '/apis/karpenter.sh/v1/nodeclaims', {
        apiVersion: 'karpenter.sh/v1',
        kind: 'NodeClaim',
        metadata: {
          name: CLAIM.name,
          labels: { 'kaito.sh/claim': CLAIM.name, 'kaito.sh/workload-uid': owner.metadata.uid },
        },
        spec: {
          nodeClassRef: { group: 'karpenter.kwok.sh', kind: 'KWOKNodeClass', name: 'default' },
          requirements: [{ key: 'node.kubernetes.io/instance-type', operator: 'In', values: [TYPE] }],
        },
      })
      return code === 201 || code === 409 ? true : undefined
    })
    const waiting = await rowOf()
    assert.deepEqual(
      [waiting.nodes, waiting.claims, waiting.gpus],
      [[], [{ name: CLAIM.name, instanceType: TYPE }], 0],
    )

    await createReadyNode(plane(), 'gpu-1', TYPE)
    const claimStatus = { status: { nodeName: 'gpu-1' } }
    await plane().request(
      'PATCH',
      `/apis/karpenter.sh/v1/nodeclaims/${CLAIM.name}/status`,
      claimStatus,
      'application/merge-patch+json',
    )
    assert.equal(
      (
        await runCli([
          'release',
          `pod/${held.metadata.name}`,
          '-n',
          NAMESPACE,
          '--kubeconfig',
          plane().kubeconfig,
        ])
      ).code,
      0,
    )
    await poll('the pod is on the node', 30_000, async () =>
      (await podsOf(plane(), NAMESPACE)).find(({ spec }) => spec.nodeName === 'gpu-1'),
    )
    await writeConditions({ states: [placed], ready: 1 })
    const ready = await rowOf()
    assert.deepEqual(
      [ready.nodes, ready.instanceTypes, ready.gpus, ready.workspaceReady, ready.reason],
      [['gpu-1'], [TYPE], 1, 'True', ''],
    )
    assert.deepEqual(ready.claims, [{ name: CLAIM.name, instanceType: TYPE, nodeName: 'gpu-1' }])
    assert.deepEqual([(await status('phi', '-n', NAMESPACE)).code, ready.costPerHour], [0, undefined])
  })

  test('prices of the catalogue are added up', async () => {
    const entry = { name: TYPE, gpu: 'NVIDIA A100', gpuCount: 1, gpuMemoryGiB: 80, computeCapability: 8 }
    const price = { perHour: 3.5, currency: 'USD', date: '2026-11-22', source: 'https://example.com' }
    const types = { cloud: 'azure', instanceTypes: [{ ...entry, price }] }
    const priced = catalogueFile('prices.yaml', JSON.stringify(types))
    const { costPerHour } = await rowOf('--catalogue', dirname(priced))
    assert.equal(costPerHour, 3.5)
    assert.match((await status('phi', '-n', NAMESPACE, '--catalogue', dirname(priced))).stdout, / \$3\.50$/m)
  })

  test('a user who may see the namespace only gets everything but nodes and claims', async () => {
    const granted = await plane().kubectl([
      'create',
      'rolebinding',
      'dev',
      '--clusterrole=view',
      '--user=dev',
      '-n',
      NAMESPACE,
    ])
    assert.equal(granted.code, 0, granted.stderr)
    const kubeconfig = await plane().kubeconfigFor({ user: 'dev' })
    const args = ['status', '-n', NAMESPACE, '-o', 'json', '--kubeconfig', kubeconfig]
    const [row] = JSON.parse((await runCli(args)).stdout) as readonly StatusRow[]
    assert.deepEqual([row?.workspaceReady, row?.claims, row?.nodes], ['True', [], ['gpu-1']])
    const refusedAll = await runCli(['status', '-A', '--kubeconfig', kubeconfig])
    assert.deepEqual([refusedAll.code, refusedAll.stdout], [1, ''])
    assert.match(refusedAll.stderr, /^error: the API server refuses: .*at the cluster scope\n$/)
  })

  test('none found: 0 for a list, 1 for a name', async () => {
    assert.deepEqual(await status('-n', 'default'), {
      code: 0,
      stdout: '',
      stderr: 'No workloads with a plan of kaito-native found in namespace default.\n',
    })
    assert.equal((await status('-n', 'default', '-o', 'json')).stdout, '[]\n')
    const named = await status('job/phi', '-n', NAMESPACE)
    assert.deepEqual([named.code, named.stdout], [1, ''])
    assert.equal(
      named.stderr,
      `error: no workload job/phi with a plan of kaito-native in namespace ${NAMESPACE}\n`,
    )
  })

  test('--watch prints the table, then what changes, until it is stopped', async () => {
    const stop = new AbortController()
    const out: string[] = []
    const io = {
      out: (text: string) => out.push(text),
      err: (line: string) => out.push(line),
      colours: false,
    }
    const options = {
      namespace: NAMESPACE,
      watch: true,
      output: 'table',
      kubeconfig: plane().kubeconfig,
    } as const
    const ended = runStatus(options, io, { stop: stop.signal, periodMs: 50 })
    const printed = (what: RegExp) =>
      poll(`${what} in ${out.join('')}`, 30_000, () => (what.test(out.join('')) ? true : undefined))
    await printed(/^NAME .*\nphi .*True +True +True .*\n$/)
    await writeConditions({ states: [refused], ready: 0 })
    await printed(
      /^NAME .*\nphi .*True +True +True .*\nphi .*False +False +False .*WaitingForCapacity: .*\n$/,
    )
    await plane().request('DELETE', deployment)
    await printed(/team-a\/phi\/Deployment is gone$/)
    stop.abort()
    assert.equal(await ended, 0)
  })
})
