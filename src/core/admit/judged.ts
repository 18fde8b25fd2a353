// Pipeline: admit. A workload as policies look at it: its plan, its annotations, and the images that stand in it.
import { parseDuration } from '../api/annotation-values.ts'
import type { AnnotationName } from '../api/annotations.ts'
import type { JsonObject } from '../api/json.ts'
import type { Mirror } from '../api/mirrors.ts'
import type { Plan } from '../api/plan.ts'
import { hostOf } from '../api/public-url.ts'
import type { ParsedIntent } from '../intent/intent.ts'
import { mirrorsOf, type NamespacePolicies } from '../policy/namespace-policies.ts'
import type { Judged, JudgedType, Named, Wanted as WantedPods } from '../policy/judged.ts'
import type { Usage, WorkloadName } from '../policy/policy-facts.ts'
import type { Catalogue } from '../preset/catalogue.ts'
import { resolvePreset } from '../preset/resolve.ts'
import { findInstanceType } from '../sizing/instance-types.ts'
import type { TemplateReading } from '../template/step.ts'
import { GPU_RESOURCE } from '../template/steps/gpu.ts'
import { podsAtOnce } from '../workload/pods-at-once.ts'
import { annotationsPath, type WorkloadKind } from '../workload/workload.ts'
import { annotationField } from './choose.ts'
import { namespaceOf } from './endpoint.ts'
import { imagesOf } from './judged-images.ts'
import { nameOf, type Subject } from './subject.ts'

/** What is known of it; absent: it could not be understood, and is refused anyway. */
export interface Known {
  readonly parsed: Pick<ParsedIntent, 'intent' | 'rest'>
  readonly reading: TemplateReading | undefined
  readonly plan: Plan | undefined
  /** In place of the number that it says. */
  readonly pods: number | undefined
}

/** Which workload it is. */
export function workloadName({ kind }: WorkloadKind, object: JsonObject): WorkloadName {
  return { kind, namespace: namespaceOf(object), name: nameOf(object) }
}

/** The facts that the rules of policies look at. */
export function judgedOf(
  { kind, object, annotations }: Subject,
  known: Known,
  policies: NamespacePolicies,
  catalogue: Catalogue,
): Judged {
  const { parsed, plan } = known
  const preset = presetOf(known, catalogue)
  const runtime = plan?.runtime ?? parsed.rest.runtime
  const names = plan?.instanceTypes ?? parsed.rest.instanceTypes
  const grace = annotations['kaito.sh/idle-grace']
  const parsedGrace = typeof grace === 'string' ? parseDuration(grace.trim()) : undefined
  return {
    workload: workloadName(kind, object),
    ...(preset === undefined ? {} : { preset }),
    ...(runtime === undefined ? {} : { runtime }),
    instanceTypes: names.map(name => typeOf(name, catalogue)),
    images: () => imagesOf(kind, object, known, mirrorsInUse(plan, policies), catalogue),
    hosts: hostsOf(kind, parsed.rest),
    ...(parsedGrace !== undefined && 'value' in parsedGrace ? { idleGraceMs: parsedGrace.value } : {}),
    ...(plan === undefined ? {} : { wanted: wantedOf(known.pods ?? podsAtOnce(kind, object), plan) }),
    fields: fieldsOf(kind, known.reading),
  }
}

function presetOf({ parsed, plan }: Known, catalogue: Catalogue): Judged['preset'] {
  const name = plan?.preset ?? parsed.intent?.preset.name
  if (name === undefined) return undefined
  const resolved = resolvePreset(catalogue, name)
  return resolved.ok ? resolved.value.preset : { name }
}

/** Of the plan's none that no policy has: with one of the user's own an edited plan would pass an image off as another. */
function mirrorsInUse(plan: Plan | undefined, policies: NamespacePolicies): readonly Mirror[] {
  const today = mirrorsOf(policies)
  if (plan === undefined) return today
  return (plan.mirrors ?? []).filter(({ from, to }) => today.some(one => one.from === from && one.to === to))
}

function typeOf(name: string, catalogue: Catalogue): JudgedType {
  const pricePerHour = findInstanceType(name, catalogue)?.pricePerHour
  return { name, ...(pricePerHour === undefined ? {} : { pricePerHour }) }
}

function hostsOf(kind: WorkloadKind, { tuning }: Pick<ParsedIntent['rest'], 'tuning'>): readonly Named[] {
  const field = annotationField(annotationsPath(kind), 'tuning-input-urls')
  return (tuning?.urls ?? []).map((url, index) => ({
    field: `${field}[${index}]`,
    name: hostOf(url),
  }))
}

/** What the workload may run at once. */
function wantedOf(pods: number, plan: Plan): WantedPods {
  return { pods, gpusPerPod: plan.gpusPerPod, nodes: Math.ceil(pods / plan.podsPerNode) }
}

/** What it takes from the quotas of its namespace. */
export function usageOf(kind: WorkloadKind, object: JsonObject, plan: Plan, catalogue: Catalogue): Usage {
  const { pods, gpusPerPod, nodes } = wantedOf(podsAtOnce(kind, object), plan)
  const [first = ''] = plan.instanceTypes
  return { gpus: pods * gpusPerPod, nodes, costPerHour: nodes * (typeOf(first, catalogue).pricePerHour ?? 0) }
}

function fieldsOf(kind: WorkloadKind, reading: TemplateReading | undefined): Judged['fields'] {
  const ofAnnotation = (name: AnnotationName) => annotationField(annotationsPath(kind), name)
  const container = reading?.containerField ?? [...kind.templateAt, 'spec', 'containers'].join('.')
  return {
    preset: ofAnnotation('preset'),
    runtime: ofAnnotation('runtime'),
    instanceType: ofAnnotation('instance-type'),
    idleGrace: ofAnnotation('idle-grace'),
    gpus: `${container}.resources.limits[${GPU_RESOURCE}]`,
    pods: [...kind.specAt, kind.runsToCompletion ? 'parallelism' : 'replicas'].join('.'),
  }
}
