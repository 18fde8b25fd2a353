// Pipeline: admit. The sentences for the person at kubectl: what was planned, what was left alone, what looks wrong.
import { ANNOTATION_NAMES, PREFIX } from '../api/annotations.ts'
import type { Decision } from '../api/decision.ts'
import type { InventoryNode } from '../api/inventory.ts'
import { listAt, objectAt, type Json, type JsonObject } from '../api/json.ts'
import type { Plan } from '../api/plan.ts'
import { appliedPaths, isOfAFile } from '../patch/applied.ts'
import { leafAt } from '../patch/inventory.ts'
import { API_DEFAULT_PATHS, isApiDefault, isUnset } from '../template/edit.ts'
import { isGroup } from '../template/group.ts'
import { isServer, type StepInput } from '../template/step.ts'
import { LAUNCH_BUDGET_SECONDS } from '../template/steps/rollout.ts'
import { CRON_JOB } from '../workload/cron-job.ts'
import { annotationsPath, objectAtPath, type WorkloadKind } from '../workload/workload.ts'
import { adapterWarnings, isServedWarning } from './adapter-warnings.ts'
import { callWarnings, isCallWarning, type Endpoint } from './endpoint.ts'

/** `phi-4-mini-instruct on Standard_NC24ads_A100_v4, 1 GPU`. */
export function planSummary(plan: Plan): string {
  const [first = '', ...others] = plan.instanceTypes
  const each = plan.gpusPerPod === 1 ? '1 GPU' : `${plan.gpusPerPod} GPUs`
  const gpus = plan.nodesPerReplica === 1 ? each : `${plan.nodesPerReplica} nodes with ${each} each`
  const fallbacks =
    others.length === 0 ? '' : ` (or ${others.length} other type${others.length === 1 ? '' : 's'})`
  return `${plan.preset} on ${first}, ${gpus}${fallbacks}`
}

/** What is said of a new plan, whatever the names of its workload. */
export interface Spoken {
  readonly summary: string
  readonly endpoint: Endpoint | undefined
  readonly rest: readonly string[]
}

/** The same for one workload: what was planned, how to call it, and the rest. */
export function spokenWarnings(object: JsonObject, { summary, endpoint, rest }: Spoken): readonly string[] {
  return [summary, ...callWarnings(object, endpoint), ...rest]
}

/** True for what only tells of the plan: everything is well, and there is nothing to mend. */
export function isTidings(warning: string, { reasons }: Pick<Decision, 'reasons'>): boolean {
  const isSummary = reasons.some(({ message }) => message === warning)
  return isSummary || isCallWarning(warning) || isServedWarning(warning)
}

/** Annotations of ours where nobody reads them: on the pod template, or on a CronJob's own metadata. */
export function misplacedWarnings(kind: WorkloadKind, object: JsonObject): string[] {
  const onTemplate = objectAtPath(object, kind.templateAt)
  return [
    ...misplacedAt(objectAt(onTemplate, 'metadata'), kind, 'the pod template'),
    ...(kind === CRON_JOB ? misplacedAt(objectAt(object, 'metadata'), kind, 'the CronJob') : []),
  ]
}

function misplacedAt(metadata: JsonObject, kind: WorkloadKind, where: string): string[] {
  const annotations = objectAt(metadata, 'annotations')
  if (!Object.keys(annotations).some(key => key.startsWith(PREFIX))) return []
  return ANNOTATION_NAMES.map(name => PREFIX + name)
    .filter(key => Object.hasOwn(annotations, key))
    .map(key => `${key} on ${where} has no effect: put it at ${annotationsPath(kind)}`)
}

/** What was left alone, and what will surprise, once a workload is planned (anew). */
export function planWarnings(input: StepInput): string[] {
  return [
    ...ownServerWarnings(input),
    ...portWarnings(input),
    ...adapterWarnings(input),
    ...rolloutWarnings(input),
    ...deadlineWarnings(input),
    ...groupWarnings(input),
  ]
}

/** One more for a workload that was running before it was annotated. */
export function liveRolloutWarning(object: JsonObject): string {
  const replicas = objectAt(object, 'spec')['replicas']
  const count = typeof replicas === 'number' ? replicas : 1
  return `this starts a rollout: ${count === 1 ? 'its pod is' : `its ${count} pods are`} replaced by pods that wait for GPU nodes`
}

function ownServerWarnings(input: StepInput): string[] {
  const name = input.containerName
  if (input.kind.runsToCompletion) return []
  if (input.server === 'own') {
    return [`container ${name} keeps its own image: command, probes, port and drain are left alone`]
  }
  return listAt(input.container, 'command').length > 0
    ? [`container ${name} keeps its own command: the preset's flags are not used`]
    : []
}

/** A Service that targets `http` by name would reach the user's port, where no model answers. */
function portWarnings(input: StepInput): string[] {
  if (!isServer(input) || !input.httpPortTaken) return []
  return [
    `another port of container ${input.containerName} is called http: the model answers on 5000, kaito-http`,
  ]
}

function rolloutWarnings(input: StepInput): string[] {
  if (!input.kind.rollsOut) return []
  const spec = objectAt(input.object, 'spec')
  if (!input.defaultStrategy) {
    const needsSpare =
      objectAt(spec, 'strategy')['type'] !== 'Recreate' &&
      !isZero(objectAtPath(spec, ['strategy', 'rollingUpdate'])['maxSurge'])
    return needsSpare ? ['spec.strategy surges: every rollout needs a spare GPU node'] : []
  }
  return (spec['replicas'] ?? 1) === 1
    ? ['one replica: a rollout is an outage until the new pod has loaded the model']
    : []
}

function isZero(value: Json | undefined): boolean {
  return value === 0 || value === '0' || value === '0%'
}

function deadlineWarnings(input: StepInput): string[] {
  const ofJob = input.kind.runsToCompletion ? objectAtPath(input.object, input.at.spec) : {}
  const deadlines = [ofJob, input.pod].map(spec => spec['activeDeadlineSeconds'])
  return deadlines
    .filter(deadline => typeof deadline === 'number')
    .filter(deadline => deadline < LAUNCH_BUDGET_SECONDS)
    .map(
      deadline =>
        `activeDeadlineSeconds ${deadline} is shorter than a node's launch budget (${LAUNCH_BUDGET_SECONDS} s): waiting counts`,
    )
}

/** A group whose pods are replaced one by one loses its server with each of them. */
function groupWarnings(input: StepInput): string[] {
  const strategy = objectAtPath(input.object, [...input.at.spec, 'updateStrategy'])
  const path = ['spec', 'updateStrategy']
  if (!isGroup(input) || strategy['type'] === 'OnDelete' || isUnset(path, strategy)) return []
  return ['spec.updateStrategy replaces the pods of a replica one by one: OnDelete restarts them together']
}

/** A default of the API that cannot work on GPU nodes, and so was replaced. */
export interface ReplacedDefault {
  readonly path: readonly string[]
  readonly original: string
}

/** The defaults that a plan has replaced. */
export function replacedDefaults(added: InventoryNode): readonly ReplacedDefault[] {
  return API_DEFAULT_PATHS.flatMap(path => {
    const leaf = leafAt(added, path)
    const original = typeof leaf === 'object' ? leaf[1] : undefined
    return isApiDefault(path, original)
      ? [{ path, original: JSON.stringify(original).replaceAll('"', '') }]
      : []
  })
}

/** One that the user's own file spells out shows as a difference on every apply. */
export function replacedDefaultWarnings(
  object: JsonObject,
  replaced: readonly ReplacedDefault[],
): readonly string[] {
  if (replaced.length === 0) return []
  const spelledOut = spellingOf(object)
  return replaced
    .filter(({ path }) => spelledOut(path))
    .map(
      ({ path, original }) =>
        `${path.join('.')}: the default ${original} was replaced: leave it out of the file`,
    )
}

/** Whether a file spells a field out: known from what was applied; where nothing tells of that, the object is the file itself. */
function spellingOf(object: JsonObject): (path: readonly string[]) => boolean {
  return isOfAFile(object) ? () => true : appliedPaths(object)
}
