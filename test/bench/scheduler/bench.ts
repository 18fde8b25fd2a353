// npm run bench:scheduler: the controller's budget on a real API server. It reports, and tests nothing: exit code 2 where
// nothing could be measured. docs/benchmarks.md says how to read it.
import { cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { createApi } from '../../admission/api.ts'
import { startServe } from '../../admission/serve-process.ts'
import { startControlPlane } from '../../cluster/control-plane.ts'
import { installKarpenterObjects } from '../../cluster/karpenter-objects.ts'
import { applyPolicyCrd } from '../../kube/policy-crd.ts'
import { nodePrograms } from '../../cluster/node-programs.ts'
import { startKubelets } from '../../cluster/nodes.ts'
import { ensureBuilt, MAIN } from '../built.ts'
import { startFakeProvisioner } from './fake-provisioner.ts'
import { measureBurst } from './burst.ts'
import { measureOneByOne } from './one-by-one.ts'
import { measureMemory } from './objects-in-memory.ts'
import { formatFigures, type Figure } from './report.ts'
import { measureRestart } from './restart.ts'
import { watchSightings } from './sightings.ts'
import type { Bench } from './stage.ts'

/** Renewed every 30 s, before the node controller's 50 s: with a thousand nodes leases would be most of what is written. */
const NODE_LEASE_SECONDS = 120

const { values } = parseArgs({
  options: {
    workloads: { type: 'string', default: '1000' },
    probes: { type: 'string', default: '100' },
  },
})

try {
  ensureBuilt()
  say(facts())
  const figures = await measure(Number(values.workloads), Number(values.probes))
  say(formatFigures(figures))
  say(`load averages after: ${load()}`)
} catch (error) {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
  process.exitCode = 2
}

async function measure(workloads: number, probes: number): Promise<readonly Figure[]> {
  await using ending = new AsyncDisposableStack()
  const plane = ending.use(await startControlPlane())
  const { karpenter } = await nodePrograms()
  await installKarpenterObjects(plane, karpenter, '0s')
  // As manifests/ install it: what is not served is looked for every three seconds.
  await applyPolicyCrd(plane)
  ending.use(await startKubelets(plane, NODE_LEASE_SECONDS))
  const api = createApi(plane)
  await api.createNamespace('kaito-system')
  const serve = await startServe(plane)
  ending.defer(() => serve.kill())
  const provisioner = ending.use(await startFakeProvisioner(plane))
  const sightings = ending.use(await watchSightings(plane))
  const bench: Bench = { plane, api, provisioner, sightings, main: MAIN, say }
  return [
    ...(await measureOneByOne(bench, probes)),
    ...(await measureBurst(bench, workloads)),
    ...(await measureRestart(bench, workloads)),
    ...(await measureMemory(bench)),
  ]
}

function facts(): string {
  const [cpu] = cpus()
  return [
    `node ${process.version}, ${process.platform} ${process.arch}, ${cpus().length} cores (${cpu?.model ?? 'unknown'})`,
    `load averages before: ${load()} (a calm machine has less than 1)`,
    'real etcd, kube-apiserver, kube-controller-manager, kube-scheduler and KWOK; nodes by a small provisioner of our own\n',
  ].join('\n')
}

function load(): string {
  return loadavg()
    .map(value => value.toFixed(1))
    .join(', ')
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
