// Shell: controller. Settings that users give to their trainers, read while pods wait for a node: for settings that cannot
// work no node is bought. Read by name and at an interval, not watched: a watch of one namespace's ConfigMap is one of all
// ConfigMaps of the cluster, and few Jobs name one.
import { formatFieldError } from '../core/api/field-error.ts'
import type { Hold, Observation } from '../core/claim/observation.ts'
import { resolveWorkload } from '../core/claim/resolve-workload.ts'
import { missingTrainingConfig, validateTrainingConfig } from '../core/companion/validate-training-config.ts'
import { CONFIG_MAPS } from '../core/resource-paths.ts'
import { GATE_NAME } from '../core/template/steps/gate.ts'
import type { NamedSettings, ObservedWorkload } from '../core/workload/observed.ts'
import type { ControllerDependencies } from './controller.ts'

/** What is known of the settings in use. */
export interface TrainingConfigs {
  /** Which workloads get no node for now. Begins to read what is not known, or was read a while ago. */
  holds(observation: Observation): HeldWorkloads
  /** Resolves when nothing is being read. */
  settled(): Promise<void>
}

/** The answer to one observation. */
export interface HeldWorkloads {
  /** By the workload's uid. */
  readonly holds: ReadonlyMap<string, Hold>
  /** When to ask again; undefined: only a change can make a difference. */
  readonly requeueAfterMs: number | undefined
}

type Dependencies = Pick<ControllerDependencies, 'client' | 'clock' | 'failures' | 'parseYaml'>

/** So late a repaired ConfigMap is noticed; one small request for each. */
const READ_EVERY_MS = 10_000
const NONE: HeldWorkloads = { holds: new Map(), requeueAfterMs: undefined }

interface Reading {
  readonly atMs: number
  /** Undefined: the trainer can begin. */
  readonly hold: Hold | undefined
}

/** Knows nothing yet; `wake` is called when there is something new to know. */
export function createTrainingConfigs(dependencies: Dependencies, wake: () => void): TrainingConfigs {
  const { clock } = dependencies
  let known: ReadonlyMap<string, Reading> = new Map()
  const running = new Map<string, Promise<void>>()

  const begin = (key: string, workload: ObservedWorkload, settings: NamedSettings): void => {
    const reading = read(workload, settings, known.get(key), dependencies).then(hold => {
      known = new Map([...known, [key, { atMs: clock.now(), hold }]])
      running.delete(key)
      wake()
    })
    running.set(key, reading)
  }
  return {
    holds(observation) {
      const waiting = waitingWorkloads(observation)
      if (waiting.length === 0) return NONE
      const holds = new Map<string, Hold>()
      const kept = new Map<string, Reading>()
      for (const { workload, settings } of waiting) {
        const key = `${workload.namespace}/${settings.configMap} ${settings.method}`
        const reading = known.get(key)
        const hold = reading === undefined ? UNREAD : reading.hold
        if (hold !== undefined) holds.set(workload.uid, hold)
        if (reading !== undefined) kept.set(key, reading)
        const isDue = reading === undefined || reading.atMs + READ_EVERY_MS <= clock.now()
        if (isDue && !running.has(key)) begin(key, workload, settings)
      }
      known = kept
      return { holds, requeueAfterMs: nextMs([...kept.values()], clock.now()) }
    },
    async settled() {
      while (running.size > 0) await Promise.all(running.values())
    },
  }
}

const UNREAD: Hold = {
  reason: 'TrainingConfigUnread',
  message: 'its training settings are being read',
  isProblem: false,
}

/** What is being read wakes by itself. */
function nextMs(readings: readonly Reading[], nowMs: number): number | undefined {
  const times = readings.map(({ atMs }) => atMs + READ_EVERY_MS - nowMs).filter(ms => ms > 0)
  return times.length === 0 ? undefined : Math.min(...times)
}

interface Waiting {
  readonly workload: ObservedWorkload
  readonly settings: NamedSettings
}

/** Workloads that name their settings and have a pod whose gate is ours to open. */
function waitingWorkloads(observation: Observation): readonly Waiting[] {
  const named = [...observation.workloads.values()].flatMap(workload => {
    const { namedSettings: settings, annotated, deletedAtMs } = workload
    return settings !== undefined && annotated && deletedAtMs === undefined ? [{ workload, settings }] : []
  })
  if (named.length === 0) return []
  const gated = observation.pods.filter(({ gates, deletedAtMs }) => {
    return deletedAtMs === undefined && gates.includes(GATE_NAME)
  })
  const uids = new Set(gated.map(pod => resolveWorkload(pod, observation)?.uid))
  return named.filter(({ workload }) => uids.has(workload.uid))
}

/** Never rejects: where the API server does not answer, what was known stands. */
async function read(
  { namespace }: ObservedWorkload,
  { configMap: name, method }: NamedSettings,
  before: Reading | undefined,
  { client, failures, parseYaml }: Dependencies,
): Promise<Hold | undefined> {
  try {
    const configMap = await client.get(CONFIG_MAPS, { namespace, name })
    const errors = validateTrainingConfig(configMap, method, parseYaml)
    if (errors.length === 0) return undefined
    return problem(`ConfigMap ${name}: ${errors.map(formatFieldError).join('; ')}`)
  } catch (error) {
    const { kind, message } = failures.classify(error)
    if (kind === 'not-found') return problem(formatFieldError(missingTrainingConfig(name, namespace)))
    if (before !== undefined) return before.hold
    return { ...UNREAD, message: `its training settings cannot be read: ${message}` }
  }
}

function problem(message: string): Hold {
  return { reason: 'TrainingConfigInvalid', message, isProblem: true }
}
