// Pipeline: claim, projection. Raw Deployment, StatefulSet, Job or CronJob with a plan → what planner, companions and status
// decide by.
import { ANNOTATIONS, PREFIX, PRESET } from '../api/annotations.ts'
import type { Parsed } from '../api/annotation-values.ts'
import { objectAt, stringAt, type JsonObject } from '../api/json.ts'
import { readPlan } from '../api/plan-text.ts'
import { trainerSettings } from '../intent/trainer-settings.ts'
import { MODEL_LABEL, WORKLOAD_LABEL } from '../template/steps/labels.ts'
import type { ObservedWorkload } from '../workload/observed.ts'
import { annotationsOf, objectAtPath, type WorkloadKind } from '../workload/workload.ts'
import { projectWantedPods } from './project-job.ts'
import { integerAt, projectConditions, projectIdentity, textMapAt } from './project-metadata.ts'
import { projectPlacement } from './project-placement.ts'
import { projectServerPort } from './project-server-port.ts'
import { sharedText } from './project-shared.ts'

/** Undefined: not planned by kaito-native, or its plan cannot be read. */
export function projectWorkload(kind: WorkloadKind, raw: JsonObject): ObservedWorkload | undefined {
  const annotations = annotationsOf(kind, raw)
  const plan = readPlan(annotations)
  const identity = plan === undefined ? undefined : projectIdentity(raw)
  if (plan === undefined || plan === 'invalid' || identity === undefined) return undefined
  const spec = objectAt(raw, 'spec')
  const template = objectAtPath(raw, kind.templateAt)
  const isJob = kind.runsToCompletion
  return {
    ...identity,
    apiVersion: `${kind.group}/${kind.version}`,
    kind: kind.kind,
    annotated: stringAt(annotations, PRESET) !== undefined,
    preset: plan.preset,
    instanceTypes: plan.instanceTypes,
    gpusPerPod: plan.gpusPerPod,
    nodesPerReplica: plan.nodesPerReplica,
    provisioning: plan.provisioning,
    isInference: !isJob,
    isTuning: isJob && stringAt(annotations, 'kaito.sh/tuning-method') !== undefined,
    replicas: wantedPods(kind, raw),
    conditions: projectConditions(raw),
    matchLabels: textMapAt(objectAt(spec, 'selector'), 'matchLabels'),
    modelName: sharedText(stringAt(templateLabels(kind, raw), MODEL_LABEL) ?? ''),
    serverPort: projectServerPort(plan.added, kind.templateAt, template),
    ...optionalOf(kind, raw, annotations),
  }
}

/** A CronJob itself wants none: its Jobs do. */
function wantedPods({ kind }: WorkloadKind, raw: JsonObject): number {
  if (kind === 'CronJob') return 0
  return kind === 'Job'
    ? projectWantedPods(raw)
    : Math.max(0, integerAt(objectAt(raw, 'spec'), 'replicas') ?? 1)
}

/**
 * A workload that has no plan (any more) and still carries conditions of ours: nothing is done for it but to take them
 * away, and to let its Service find its pods. `wasKnown`: it is one without conditions too, because the StatefulSet
 * controller may have dropped them first. Undefined: neither.
 */
export function projectFormerWorkload(
  kind: WorkloadKind,
  raw: JsonObject,
  wasKnown = false,
): ObservedWorkload | undefined {
  const identity = projectIdentity(raw)
  const conditions = projectConditions(raw)
  const isMarked = wasKnown || conditions.some(({ type }) => type.startsWith(PREFIX))
  if (identity === undefined || !isMarked) return undefined
  return {
    ...identity,
    apiVersion: `${kind.group}/${kind.version}`,
    kind: kind.kind,
    annotated: false,
    preset: '',
    instanceTypes: [],
    gpusPerPod: 0,
    nodesPerReplica: 1,
    provisioning: 'none',
    isInference: false,
    isTuning: false,
    replicas: 0,
    conditions,
    matchLabels: {},
    modelName: '',
    serverPort: 0,
    ...findableBy(kind, raw),
  }
}

type Optional = Pick<
  ObservedWorkload,
  'idleGraceMs' | 'service' | 'updateRevision' | 'defaultSettings' | 'namedSettings' | 'placement'
>

function optionalOf(kind: WorkloadKind, raw: JsonObject, annotations: JsonObject): Optional {
  const idleGraceMs = valueOf(annotations, 'kaito.sh/idle-grace', ANNOTATIONS['idle-grace'].parse)
  const service = valueOf(annotations, 'kaito.sh/service', ANNOTATIONS.service.parse)
  const isStatefulSet = kind.kind === 'StatefulSet'
  const placement = projectPlacement(objectAtPath(raw, kind.templateAt))
  const updateRevision = isStatefulSet ? stringAt(objectAt(raw, 'status'), 'updateRevision') : undefined
  return {
    ...(idleGraceMs === undefined ? {} : { idleGraceMs }),
    ...(service === undefined ? {} : { service }),
    ...(kind.kind === 'Job' ? settingsOf(annotations) : {}),
    ...(updateRevision === undefined ? {} : { updateRevision }),
    ...(placement === undefined ? {} : { placement }),
    ...findableBy(kind, raw),
  }
}

function settingsOf(annotations: JsonObject): Pick<ObservedWorkload, 'defaultSettings' | 'namedSettings'> {
  const settings = trainerSettings(annotations)
  if (settings === undefined) return {}
  const { method, configMap } = settings
  return configMap === undefined ? { defaultSettings: method } : { namedSettings: { method, configMap } }
}

/** What its Services are called, and find its pods by. */
function findableBy(kind: WorkloadKind, raw: JsonObject): Pick<ObservedWorkload, 'serviceName' | 'podLabel'> {
  const serviceName = kind.kind === 'StatefulSet' ? stringAt(objectAt(raw, 'spec'), 'serviceName') : undefined
  const podLabel = stringAt(templateLabels(kind, raw), WORKLOAD_LABEL)
  return {
    ...(serviceName === undefined ? {} : { serviceName }),
    ...(podLabel === undefined ? {} : { podLabel: sharedText(podLabel) }),
  }
}

function templateLabels(kind: WorkloadKind, raw: JsonObject): JsonObject {
  return objectAt(objectAt(objectAtPath(raw, kind.templateAt), 'metadata'), 'labels')
}

/** Admission has refused what cannot be parsed; what still comes (webhook down) counts as not given. */
function valueOf<T>(annotations: JsonObject, key: string, parse: (text: string) => Parsed<T>): T | undefined {
  const text = stringAt(annotations, key)
  const parsed = text === undefined ? undefined : parse(text)
  return parsed !== undefined && 'value' in parsed ? parsed.value : undefined
}
