// Pipeline: admit. Does a plan say what kaito-native would have said? It stands in an annotation that anybody may write who
// may write the workload, with hashes that agree. So where it is new, what it claims must follow from the annotations, the
// template and the catalogue:
//
// | the plan of the request                  | checked                                                             |
// |------------------------------------------|---------------------------------------------------------------------|
// | UPDATE, the stored one                   | nothing: it was when it came                                        |
// | CREATE                                   | all: the mutating webhook plans every CREATE anew, from today's     |
// |                                          | catalogue, and would change nothing more                            |
// | UPDATE, another, of today's catalogue    | its claims, and that all is there that gives pods their nodes       |
// | UPDATE, another, of another catalogue    | the same, but for what only that catalogue could tell: `kubectl     |
// | (kubectl rollout undo)                   | rollout undo` brings back plans that nobody would make today        |
import { PLAN, PREFIX, type AnnotationName } from '../api/annotations.ts'
import type { FieldError } from '../api/field-error.ts'
import type { Parallelism, Placement, Plan } from '../api/plan.ts'
import type { Catalogue } from '../preset/catalogue.ts'
import { resolvePreset } from '../preset/resolve.ts'
import { knownInstanceTypes } from '../sizing/instance-types.ts'
import type { Choice } from '../template/step.ts'
import { annotationsOf, annotationsPath } from '../workload/workload.ts'
import { choose, type Wanted } from './choose.ts'
import type { AdmissionContext } from './context.ts'
import { catalogueFor } from './existing-nodes.ts'
import { coverErrors, nodeErrors } from './plan-cover.ts'
import { recordedPlan } from './recorded-plan.ts'
import type { Subject } from './subject.ts'

/** A plan that may be new, with all that it must follow from. */
export interface Claimed {
  readonly subject: Subject
  readonly wanted: Wanted
  readonly plan: Plan
  /** The stored object; undefined on CREATE. */
  readonly oldObject: Subject['oldObject']
}

/** Every claim of a new plan that does not follow; none for one that stands. */
export function planClaimErrors(claimed: Claimed, context: AdmissionContext): readonly FieldError[] {
  const { subject, plan, oldObject } = claimed
  if (oldObject !== undefined && isStored(subject, oldObject)) return []
  const ofAnnotations = [...annotationClaims(claimed, context), ...shapeClaims(plan)]
  if (ofAnnotations.length > 0) return ofAnnotations.map(claim => forged(subject, claim))
  const catalogue = catalogueFor(context, plan.provisioning)
  const isOfToday = oldObject === undefined || plan.catalogue === context.catalogue.revision
  const chosen = isOfToday ? chosenAgain(claimed, catalogue, context) : undefined
  if (chosen !== undefined && 'claims' in chosen) return chosen.claims.map(claim => forged(subject, claim))
  return oldObject === undefined && chosen !== undefined
    ? coverErrors(claimed, chosen.choice, context)
    : nodeErrors(claimed, catalogue)
}

function isStored({ kind, object }: Subject, oldObject: NonNullable<Claimed['oldObject']>): boolean {
  return annotationsOf(kind, object)[PLAN] === annotationsOf(kind, oldObject)[PLAN]
}

/** A member of the plan and what it should say. */
interface Claim {
  readonly member: string
  readonly value: string
  readonly expected: string
}

function forged({ kind }: Subject, { member, value, expected }: Claim): FieldError {
  const field = `${annotationsPath(kind)}[${PLAN}]`
  const detail = `${member} ${expected}: the plan is written by kaito-native; take the annotation away, or change ${PREFIX}replan, and it is made anew`
  return { type: 'Invalid', field, value: `${member}: ${value}`, detail, code: 'PlanForged' }
}

/** What annotations and template say themselves, whatever the catalogue. */
function annotationClaims(
  { subject, wanted, plan, oldObject }: Claimed,
  context: AdmissionContext,
): readonly Claim[] {
  const { intent, reading } = wanted
  const claims: Claim[] = []
  const must = (
    member: 'preset' | 'revision' | 'runtime' | 'gpusPerPod' | 'nodesPerReplica',
    wantedValue: string | number | undefined,
    of: AnnotationName | 'the container',
  ): void => {
    if (wantedValue === undefined || plan[member] === wantedValue) return
    const expected = `must be ${wantedValue}, by ${of === 'the container' ? of : PREFIX + of}`
    claims.push({ member, value: String(plan[member]), expected })
  }
  must('preset', presetNamed(intent.preset.name, context.catalogue, plan), 'preset')
  must('revision', intent.preset.revision?.toLowerCase(), 'preset')
  if (intent.tuning === undefined) must('runtime', intent.runtime, 'runtime')
  must('gpusPerPod', reading.gpus, 'the container')
  if (!intent.bypassResourceChecks) must('nodesPerReplica', intent.nodesPerReplica, 'nodes-per-replica')
  claims.push(
    ...typeClaims(wanted, plan),
    ...provisioningClaims({ subject, wanted, plan, oldObject }, context),
  )
  return claims
}

/** The preset that is asked for; where today's catalogue knows it no longer, nobody can tell whether another name is its own. */
function presetNamed(name: string, catalogue: Catalogue, plan: Plan): string | undefined {
  const asked = resolvePreset(catalogue, name)
  if (asked.ok) return asked.value.preset.name
  return resolvePreset(catalogue, plan.preset).ok ? name.toLowerCase() : undefined
}

function typeClaims({ intent: { instanceTypes } }: Wanted, plan: Plan): readonly Claim[] {
  const asked = instanceTypes.map(name => name.toLowerCase())
  const others =
    asked.length === 0 ? [] : plan.instanceTypes.filter(name => !asked.includes(name.toLowerCase()))
  if (others.length === 0) return []
  const expected = `must be among those of ${PREFIX}instance-type`
  return [{ member: 'instanceTypes', value: others.join(','), expected }]
}

/** `auto` is what the API server serves; what is stored was served once. */
function provisioningClaims(
  { subject, wanted, plan, oldObject }: Claimed,
  { facts }: AdmissionContext,
): readonly Claim[] {
  const asked = wanted.intent.provisioning
  const before = oldObject === undefined ? undefined : recordedPlan(subject.kind, oldObject)
  const accepted =
    asked !== undefined
      ? [asked]
      : [facts.provisioning, ...(before === undefined || before === 'invalid' ? [] : [before.provisioning])]
  if (accepted.includes(plan.provisioning)) return []
  const why = asked === undefined ? 'which the cluster serves' : `by ${PREFIX}provisioning`
  return [
    {
      member: 'provisioning',
      value: plan.provisioning,
      expected: `must be ${[...new Set(accepted)].join(' or ')}, ${why}`,
    },
  ]
}

/** What holds for every shape: no GPU without work, no work without a GPU. */
function shapeClaims({
  parallelism,
  gpusPerPod,
  nodesPerReplica,
  runtime,
  revision,
}: Plan): readonly Claim[] {
  const { tensor, pipeline, data } = parallelism
  const [used, there] = [tensor * pipeline * data, gpusPerPod * nodesPerReplica]
  const isSplit = runtime === 'vllm' && revision === 'kaito-0.12'
  if (isSplit ? used === there : used <= there) return []
  const expected = `must make ${there} processes, one for each GPU of a replica`
  return [{ member: 'parallelism', value: shownParallelism(parallelism), expected }]
}

const PLACED = ['instanceTypes', 'gpusPerPod', 'podsPerNode', 'nodesPerReplica', 'parallelism'] as const

/** The choice for the plan's own instance types, made again, or what differs; undefined where they are not known here. */
function chosenAgain(
  { subject, wanted, plan }: Claimed,
  catalogue: Catalogue,
  context: AdmissionContext,
): { readonly choice: Choice } | { readonly claims: readonly Claim[] } | undefined {
  const { instanceTypes } = plan
  // Existing nodes come and go, and every server sees them a little sooner or later.
  const areKnown = knownInstanceTypes(instanceTypes, catalogue).length === instanceTypes.length
  if (!areKnown && plan.provisioning === 'none') return undefined
  const asked = { ...wanted, intent: { ...wanted.intent, instanceTypes, provisioning: plan.provisioning } }
  const chosen = choose(subject.kind, asked, context)
  if (!chosen.ok) {
    const expected = `must be of the catalogue and take the model: ${chosen.errors.map(({ detail }) => detail).join('; ')}`
    return { claims: [{ member: 'instanceTypes', value: instanceTypes.join(','), expected }] }
  }
  const { choice } = chosen.value
  const claims = PLACED.map(member => ({
    member,
    value: shown(plan, member),
    expected: shown(choice.placement, member),
  }))
  const others = [
    { member: 'revision', value: plan.revision, expected: choice.revision.name },
    { member: 'runtime', value: plan.runtime, expected: choice.runtime },
  ]
  const all = [...claims, ...others]
    .filter(({ value, expected }) => value !== expected)
    .map(({ member, value, expected }) => ({
      member,
      value,
      expected: `must be ${expected}, by the catalogue`,
    }))
  return all.length > 0
    ? { claims: all }
    : { choice: { ...choice, imageVolumes: plan.imageVolumes ?? choice.imageVolumes } }
}

function shown(placement: Placement, member: (typeof PLACED)[number]): string {
  if (member === 'instanceTypes') return placement.instanceTypes.join(',')
  return member === 'parallelism' ? shownParallelism(placement.parallelism) : String(placement[member])
}

function shownParallelism({ tensor, pipeline, data }: Parallelism): string {
  return `${tensor}×${pipeline}×${data}`
}
