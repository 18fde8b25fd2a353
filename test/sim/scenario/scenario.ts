// Simulator: one disaster, drawn from a seed: the cluster, the workloads, and what befalls them. It is data, so that parts of
// it can be taken out to find the shortest one that still goes wrong.
import { NO_FAULTS, type Faults } from '../controller/faults.ts'
import { FATES, type Fate } from '../actors/supply.ts'
import { createRandom, type Random } from '../world/random.ts'
import { INSTANCE_TYPES, ZONES } from './instance-types.ts'
import type { WorkloadSpec } from './workloads.ts'

/** Something that happens at a moment (milliseconds after the beginning). */
export type Mishap = { readonly atMs: number } & (
  | { readonly type: 'scale'; readonly workload: string; readonly replicas: number }
  | { readonly type: 'roll-out' | 'unannotate' | 'delete-pod'; readonly workload: string }
  | {
      readonly type: 'delete-workload'
      readonly workload: string
      readonly foreground: boolean
      readonly comesBack: boolean
    }
  | { readonly type: 'delete-namespace'; readonly namespace: string }
  | { readonly type: 'suspend' | 'resume'; readonly workload: string }
  | {
      readonly type: 'cordon' | 'uncordon' | 'delete-node' | 'fail-node' | 'recover-node' | 'delete-claim'
      readonly index: number
    }
  | {
      readonly type: 'foreign-pod'
      readonly index: number
      readonly gpus: number
      readonly lastsMs: number
      readonly asksScheduler: boolean
    }
  | { readonly type: 'urgent-pod'; readonly index: number; readonly lastsMs: number }
  | { readonly type: 'protect'; readonly workload: string }
  | { readonly type: 'capacity'; readonly instanceType: string; readonly machines: number }
  | { readonly type: 'refuse-claims'; readonly lastsMs: number }
  | { readonly type: 'crash'; readonly process: number }
  | { readonly type: 'freeze'; readonly process: number; readonly lastsMs: number }
  | { readonly type: 'jump-clock'; readonly process: number; readonly ms: number }
)

export interface Scenario {
  readonly seed: number
  readonly backend: 'choosing' | 'fixed'
  readonly processes: number
  readonly idleGraceMs: number
  readonly launchBudgetMs: number
  /** GPU nodes that no claim made, by instance type. */
  readonly existingNodes: readonly string[]
  /** Somebody's pod comes to an idle node at the very moment in which it is given back. */
  readonly lateGuests: boolean
  /** A policy allows every namespace so many GPUs until all is calm; undefined: there is none. */
  readonly quotaGpus: number | undefined
  /** kube-scheduler stands still now and then, with pods that are let go and on no node yet. */
  readonly schedulerStalls: boolean
  /** Every node has a pod of a DaemonSet. */
  readonly daemonSet: boolean
  readonly workloads: readonly WorkloadSpec[]
  readonly mishaps: readonly Mishap[]
  readonly fates: readonly Fate[]
  readonly fateRate: number
  readonly faults: Faults
  /** When everything begins to heal. */
  readonly calmAtMs: number
  /** At the end all workloads are deleted. */
  readonly endsEmpty: boolean
}

export function makeScenario(seed: number): Scenario {
  const random = createRandom(seed, 'scenario')
  const calmAtMs = random.between(3, 12) * 60_000
  const workloads = Array.from({ length: random.between(1, 5) }, (_, index) =>
    makeWorkload(random, index, calmAtMs),
  )
  const processes = random.chance(0.5) ? 2 : 1
  const backend = random.chance(0.6) ? 'choosing' : 'fixed'
  return {
    seed,
    backend,
    daemonSet: random.chance(0.5),
    lateGuests: createRandom(seed, 'late guests').chance(0.2),
    quotaGpus: quotaOf(createRandom(seed, 'quota')),
    schedulerStalls: createRandom(seed, 'scheduler stalls').chance(0.3),
    processes,
    idleGraceMs: random.pick([20_000, 60_000, 120_000]),
    launchBudgetMs: random.pick([90_000, 180_000, 300_000]),
    existingNodes: random.chance(0.3)
      ? [random.pick(INSTANCE_TYPES).name, random.pick(INSTANCE_TYPES).name]
      : [],
    // gpu-provisioner sees to no zone: such pods would rightly wait for ever.
    workloads: workloads.map(spec => (backend === 'fixed' ? { ...spec, zone: undefined } : spec)),
    mishaps: [
      ...makeMishaps(random, workloads, processes, calmAtMs),
      ...makeDisruptions(seed, workloads, calmAtMs),
    ],
    fates: FATES.filter(() => random.chance(0.5)),
    fateRate: random.pick([0, 0, 0.2, 0.5]),
    faults: makeFaults(random),
    calmAtMs,
    endsEmpty: random.chance(0.2),
  }
}

function quotaOf(random: Random): number | undefined {
  return random.chance(0.3) ? random.between(1, 8) : undefined
}

function makeFaults(random: Random): Faults {
  const rate = (...rates: readonly [number, ...number[]]): number => random.pick(rates)
  if (random.chance(0.2)) return NO_FAULTS
  return {
    errorRate: rate(0, 0, 0.05, 0.2),
    lostAnswerRate: rate(0, 0, 0.03, 0.1),
    slowCallRate: rate(0, 0, 0.05),
    crashRate: rate(0, 0, 0.01, 0.05),
    stallRate: rate(0, 0, 0.02, 0.1),
    relistRate: rate(0, 0, 0.02, 0.2),
    duplicateRate: rate(0, 0.1),
  }
}

const KINDS: readonly [WorkloadSpec['kind'], ...WorkloadSpec['kind'][]] = [
  'Deployment',
  'Deployment',
  'Deployment',
  'StatefulSet',
  'Group',
  'Job',
  'Job',
]

function makeWorkload(random: Random, index: number, calmAtMs: number): WorkloadSpec {
  const kind = random.pick(KINDS)
  const gpusPerPod = random.pick([1, 1, 1, 2])
  const types = INSTANCE_TYPES.filter(({ gpus }) => gpus >= gpusPerPod).map(({ name }) => name)
  const first = random.below(types.length)
  const instanceTypes = [...types.slice(first), ...types.slice(0, first)].slice(
    0,
    random.between(1, types.length),
  )
  return {
    kind,
    name: `w${index}`,
    namespace: random.pick(['team-a', 'team-b']),
    replicas: kind === 'Group' ? random.between(2, 3) : random.between(kind === 'Job' ? 1 : 0, 4),
    completions: random.between(1, 3),
    gpusPerPod,
    instanceTypes,
    ordered: random.chance(0.3),
    maxSurge: random.below(2),
    kueue: random.chance(0.15) ? random.pick(['first', 'last']) : 'none',
    zone: random.chance(0.15) ? random.pick(ZONES) : undefined,
    idleGraceSeconds: random.chance(0.2) ? random.pick([5, 45]) : undefined,
    atMs: random.chance(0.5) ? 0 : random.below(calmAtMs / 2),
  }
}

function makeMishaps(
  random: Random,
  workloads: readonly WorkloadSpec[],
  processes: number,
  calmAtMs: number,
): readonly Mishap[] {
  const count = random.pick([0, 2, 5, 10, 20])
  return Array.from({ length: count }, () => ({
    ...makeMishap(random, workloads, processes),
    atMs: random.between(1000, calmAtMs - 1000),
  })).toSorted((left, right) => left.atMs - right.atMs)
}

/** Preemption and budgets, by a chance of their own. */
function makeDisruptions(
  seed: number,
  workloads: readonly WorkloadSpec[],
  calmAtMs: number,
): readonly Mishap[] {
  const random = createRandom(seed, 'disruptions')
  const atMs = (): number => random.between(60_000, calmAtMs - 1000)
  const urgent = Array.from({ length: random.pick([0, 0, 0, 1, 3]) }, (): Mishap => {
    const lastsMs = random.between(5000, 200_000)
    return { atMs: atMs(), type: 'urgent-pod', index: random.below(8), lastsMs }
  })
  const protectedOnes = workloads.filter(() => random.chance(0.1))
  return [
    ...urgent,
    ...protectedOnes.map(({ name }): Mishap => ({ atMs: atMs(), type: 'protect', workload: name })),
  ]
}

type Untimed = Mishap extends infer M ? (M extends Mishap ? Omit<M, 'atMs'> : never) : never

function makeMishap(random: Random, workloads: readonly WorkloadSpec[], processes: number): Untimed {
  const spec = workloads[random.below(workloads.length)]
  const workload = spec?.name ?? ''
  const index = random.below(8)
  const process = random.below(processes)
  const make: Readonly<Record<string, () => Untimed>> = {
    scale: () => ({ type: 'scale', workload, replicas: random.below(5) }),
    'scale again': () => ({ type: 'scale', workload, replicas: random.below(5) }),
    'roll-out': () => ({ type: 'roll-out', workload }),
    'delete-pod': () => ({ type: 'delete-pod', workload }),
    unannotate: () => ({ type: 'unannotate', workload }),
    'delete-workload': () => ({
      type: 'delete-workload',
      workload,
      foreground: random.chance(0.5),
      comesBack: random.chance(0.5),
    }),
    'delete-namespace': () => ({ type: 'delete-namespace', namespace: spec?.namespace ?? '' }),
    suspend: () => ({ type: 'suspend', workload }),
    resume: () => ({ type: 'resume', workload }),
    cordon: () => ({ type: 'cordon', index }),
    uncordon: () => ({ type: 'uncordon', index }),
    'delete-node': () => ({ type: 'delete-node', index }),
    'fail-node': () => ({ type: 'fail-node', index }),
    'recover-node': () => ({ type: 'recover-node', index }),
    'delete-claim': () => ({ type: 'delete-claim', index }),
    'foreign-pod': () => ({
      type: 'foreign-pod',
      index,
      gpus: random.below(3),
      lastsMs: random.between(5000, 200_000),
      asksScheduler: random.chance(0.7),
    }),
    capacity: () => ({
      type: 'capacity',
      instanceType: random.pick(INSTANCE_TYPES).name,
      machines: random.pick([0, 0, 1, 2, 1000]),
    }),
    'refuse-claims': () => ({ type: 'refuse-claims', lastsMs: random.between(1000, 60_000) }),
    crash: () => ({ type: 'crash', process }),
    freeze: () => ({ type: 'freeze', process, lastsMs: random.pick([500, 5000, 20_000, 45_000]) }),
    'jump-clock': () => ({
      type: 'jump-clock',
      process,
      ms: random.pick([-3_600_000, -5000, 5000, 3_600_000]),
    }),
  }
  const names = Object.keys(make)
  return make[names[random.below(names.length)] ?? 'scale']?.() ?? { type: 'roll-out', workload }
}
