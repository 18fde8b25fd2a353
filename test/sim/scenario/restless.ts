// Simulator: another sort of disaster. Users who never rest, a grace of seconds, slow answers, and controllers that die:
// nodes are given back and asked for again all the time, which the scenarios of scenario.ts do rarely.
import { NO_FAULTS } from '../controller/faults.ts'
import { createRandom, type Random } from '../world/random.ts'
import { INSTANCE_TYPES } from './instance-types.ts'
import type { Mishap, Scenario } from './scenario.ts'
import type { WorkloadSpec } from './workloads.ts'

const [oneGpu, ofGroups = oneGpu] = INSTANCE_TYPES
const manyGpus = INSTANCE_TYPES.at(-1) ?? oneGpu
const CALM_AT_MS = 4 * 60_000
const DEPLOYMENTS = 7
const MISHAPS = 100

/** All Deployments ask for one instance type, so that every node would do for each of them; a group asks for another. */
export function makeRestlessScenario(seed: number): Scenario {
  const random = createRandom(seed, 'restless')
  const type = random.pick([oneGpu, manyGpus]).name
  const deployments = Array.from({ length: DEPLOYMENTS }, (_, index) =>
    makeWorkload(random, `w${index}`, 'Deployment', type),
  )
  return {
    seed,
    backend: 'choosing',
    processes: 2,
    idleGraceMs: 2000,
    launchBudgetMs: 300_000,
    existingNodes: [],
    quotaGpus: undefined,
    lateGuests: false,
    daemonSet: false,
    schedulerStalls: false,
    workloads: [...deployments, makeWorkload(random, 'group', 'Group', ofGroups.name)],
    mishaps: Array.from({ length: MISHAPS }, () => makeMishap(random, deployments)).toSorted(
      (left, right) => left.atMs - right.atMs,
    ),
    fates: [],
    fateRate: 0,
    faults: { ...NO_FAULTS, crashRate: 0.03, slowCallRate: 0.1 },
    calmAtMs: CALM_AT_MS,
    endsEmpty: false,
  }
}

function makeWorkload(
  random: Random,
  name: string,
  kind: 'Deployment' | 'Group',
  instanceType: string,
): WorkloadSpec {
  const isGroup = kind === 'Group'
  return {
    kind,
    name,
    namespace: 'team-a',
    replicas: isGroup ? 2 : random.between(1, 3),
    completions: 1,
    gpusPerPod: 1,
    instanceTypes: [instanceType],
    ordered: false,
    maxSurge: 1,
    kueue: 'none',
    zone: undefined,
    idleGraceSeconds: undefined,
    atMs: random.below(60_000),
  }
}

function makeMishap(random: Random, workloads: readonly WorkloadSpec[]): Mishap {
  const atMs = random.between(1000, CALM_AT_MS - 1000)
  const workload = workloads[random.below(workloads.length)]?.name ?? ''
  return random.chance(0.7)
    ? { type: 'scale', workload, replicas: random.below(4), atMs }
    : { type: 'roll-out', workload, atMs }
}
