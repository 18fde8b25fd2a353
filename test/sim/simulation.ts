// Simulator: one run. Puts world, API server, actors and controller processes together, lets the scenario befall them, heals
// everything, and asks whether all is well in the end.
import { NODECLAIM_AZURE_GPU_PROVISIONER } from '../../src/core/claim/backends/nodeclaim-azure-gpu-provisioner.ts'
import { NODECLAIM_KWOK } from '../../src/core/claim/backends/nodeclaim-kwok.ts'
import type { Provisioner } from '../../src/core/claim/observation.ts'
import type { Settings } from '../../src/core/claim/plan.ts'
import { startDeployments } from './actors/deployments.ts'
import { startGarbageCollector } from './actors/garbage.ts'
import { startJobs } from './actors/jobs.ts'
import { startDaemonSet, startKueue } from './actors/kueue.ts'
import { startLateGuests } from './actors/late-guests.ts'
import { startKubelets } from './actors/kubelet.ts'
import { createMachines, type Machines } from './actors/machines.ts'
import { startNodeLifecycle } from './actors/node-lifecycle.ts'
import { startProvisioner } from './actors/provisioner.ts'
import { startScheduler } from './actors/scheduler.ts'
import { startStatefulSets } from './actors/stateful-sets.ts'
import { createSupply } from './actors/supply.ts'
import { createApiServer, type ApiServer } from './api/api-server.ts'
import { NO_FAULTS } from './controller/faults.ts'
import { createLease } from './controller/lease.ts'
import type { ControllerCode } from './controller/parts.ts'
import { startProcess } from './controller/process.ts'
import { createInvariants, type Invariants, type Violation } from './invariants/invariants.ts'
import { unfinished } from './invariants/unfinished.ts'
import { createExistingNode } from './scenario/existing-nodes.ts'
import { instanceType } from './scenario/instance-types.ts'
import { carryOut } from './scenario/mishaps.ts'
import { createQuota, liftQuota } from './scenario/quota.ts'
import { makeScenario, type Scenario } from './scenario/scenario.ts'
import { createWorkload } from './scenario/workloads.ts'
import { describeChange } from './api/describe-change.ts'
import { createWorld } from './world/world.ts'

export interface Outcome {
  readonly seed: number
  readonly violation: Violation | undefined
  readonly trace: readonly string[]
  readonly simulatedMs: number
  readonly events: number
}

/** Looked again so often whether everything has settled. */
const LOOK_MS = 15_000
/** So many looks in a row must find nothing: what a deletion brings with it comes a moment later. */
const SETTLED_LOOKS = 2
/** Nothing may be written any more for so long. */
const QUIET_MS = 3 * 60_000

/** Runs the scenario to its end, or to the first violation. */
export async function simulate(scenario: Scenario, code: ControllerCode, traced = false): Promise<Outcome> {
  const world = createWorld(scenario.seed, traced)
  const api = createApiServer(world)
  api.onChange(change => world.tell(change.by, () => describeChange(change)))
  const machines = createMachines()
  const supply = createSupply(world.random('supply'))
  supply.setFates(scenario.fates, scenario.fateRate)
  const invariants = createInvariants(api, scenario, machines)
  startActors(api, machines, scenario, () => supply.isHealed())
  startProvisioner(api, { supply, machines, onRefused: claim => invariants.refused(claim) })
  scenario.existingNodes.forEach((type, index) => createExistingNode(api, machines, type, `pool-${index}`))
  if (scenario.quotaGpus !== undefined) createQuota(api, scenario.quotaGpus)
  if (scenario.lateGuests) startLateGuests(api, scenario, () => !supply.isHealed())
  let faults = scenario.faults
  let refusedUntilMs = 0
  const lease = createLease(world)
  const processes = Array.from({ length: scenario.processes }, (_, index) =>
    startProcess({
      api,
      name: `controller-${index}`,
      code,
      lease,
      settings: settingsOf(scenario),
      provisioner: provisionerOf(scenario),
      faults: () => faults,
      claimsRefused: () => (world.now() < refusedUntilMs ? 'exceeded quota: claims' : undefined),
      onCall: invariants.onCall,
      onEvent: invariants.onEvent,
      onRound: invariants.onRound,
      onBug: message => invariants.violate('no bug', message),
    }),
  )
  invariants.watch(processes)
  const parts = {
    api,
    machines,
    supply,
    processes,
    specs: scenario.workloads,
    images: new Map<string, number>(),
    refuseClaimsUntil: (ms: number) => void (refusedUntilMs = ms),
  }
  for (const spec of scenario.workloads) world.after(spec.atMs, () => createWorkload(api, spec))
  for (const mishap of scenario.mishaps) world.after(mishap.atMs, () => carryOut(mishap, parts))
  const beganMs = world.now()
  const isOver = (): boolean => invariants.violation() !== undefined
  await world.run(beganMs + scenario.calmAtMs, isOver)
  world.tell('calm', () => 'everything heals')
  faults = NO_FAULTS
  refusedUntilMs = 0
  supply.heal()
  heal(api, machines, scenario)
  for (const process of processes) process.healClock()
  await settle(api, machines, scenario, invariants, isOver)
  const simulatedMs = world.now() - beganMs
  return {
    seed: scenario.seed,
    violation: invariants.violation(),
    trace: world.told,
    simulatedMs,
    events: world.events(),
  }
}

/** The first of so many seeds, from 0, that breaks an invariant. */
export async function findViolation(
  seeds: number,
  code: ControllerCode,
  make: (seed: number) => Scenario = makeScenario,
): Promise<Outcome | undefined> {
  for (let seed = 0; seed < seeds; seed += 1) {
    const outcome = await simulate(make(seed), code)
    if (outcome.violation !== undefined) return outcome
  }
  return undefined
}

function startActors(
  api: ApiServer,
  machines: Machines,
  { daemonSet, schedulerStalls }: Scenario,
  isHealed: () => boolean,
): void {
  startDeployments(api)
  startStatefulSets(api)
  startJobs(api)
  startGarbageCollector(api)
  startScheduler(api, () => schedulerStalls && !isHealed())
  startKubelets(api, machines)
  startNodeLifecycle(api, machines)
  startKueue(api)
  if (daemonSet) startDaemonSet(api)
}

/** Nodes of nobody that are dead would hold pods of StatefulSets for ever: people repair them. */
function heal(api: ApiServer, machines: Machines, { endsEmpty, quotaGpus }: Scenario): void {
  for (const { metadata } of api.all('nodes'))
    if (metadata.labels?.['kaito.sh/claim'] === undefined) machines.recover(metadata.name)
  for (const { metadata } of api.all('pods')) {
    if (metadata.namespace === 'other') api.remove('somebody', 'pods', metadata, { graceSeconds: 0 })
  }
  if (quotaGpus !== undefined) liftQuota(api)
  for (const { metadata } of api.all('poddisruptionbudgets'))
    api.remove('user', 'poddisruptionbudgets', metadata)
  if (!endsEmpty) return
  for (const resource of ['deployments', 'statefulsets', 'jobs'] as const)
    for (const { metadata } of api.all(resource)) api.remove('user', resource, metadata)
}

/** All must be well within a time that the longest chain of waits explains, and then stay so, with nothing written. */
async function settle(
  api: ApiServer,
  machines: Machines,
  scenario: Scenario,
  invariants: Invariants,
  isOver: () => boolean,
): Promise<void> {
  const { world } = api
  const deadlineMs = world.now() + patienceMs(scenario)
  for (let looks = 0; looks < SETTLED_LOOKS;) {
    await world.run(world.now() + LOOK_MS, isOver)
    if (isOver()) return
    const left = unfinished(api, machines)
    looks = left.length === 0 ? looks + 1 : 0
    if (left.length > 0 && world.now() >= deadlineMs) return invariants.violate('converges', left.join('; '))
  }
  await world.run(world.now() + 40_000, isOver)
  invariants.expectQuiet()
  await world.run(world.now() + QUIET_MS, isOver)
  const left = unfinished(api, machines)
  if (left.length > 0 && !isOver()) invariants.violate('converges', `undone again: ${left.join('; ')}`)
}

/**
 * A claim of before that never becomes ready is given up after the launch budget; a lost node is seen after 40 s, its pods
 * are deleted 5 minutes later, and it counts as dead after 10; then the pod needs a new node, and idle ones their grace.
 */
function patienceMs({ launchBudgetMs, idleGraceMs }: Scenario): number {
  return 25 * 60_000 + launchBudgetMs + 2 * idleGraceMs
}

function settingsOf({ idleGraceMs, launchBudgetMs }: Scenario): Settings {
  return {
    idleGraceMs,
    launchBudgetMs,
    gpusOfType: name => instanceType(name)?.gpus,
    priceOfType: () => undefined,
    nodeSuits: () => false,
  }
}

function provisionerOf({ backend }: Scenario): Provisioner {
  return backend === 'choosing'
    ? {
        backend: NODECLAIM_KWOK,
        nodeClass: { group: 'karpenter.kwok.sh', kind: 'KWOKNodeClass', name: 'default' },
      }
    : {
        backend: NODECLAIM_AZURE_GPU_PROVISIONER,
        nodeClass: { group: 'kaito.sh', kind: 'KaitoNodeClass', name: 'default' },
      }
}
