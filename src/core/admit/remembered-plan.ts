// Pipeline: admit. A plan with its workload's name taken out, so that it serves every workload that differs in nothing
// else (plan-memo.ts). The name stands in two places: a label of the template, and the hash of that label in the plan.
import type { Decision, ReadyPlan } from '../api/decision.ts'
import { hashText } from '../api/hash.ts'
import { isObject, type Json, type JsonObject } from '../api/json.ts'
import type { Operation } from '../api/operation.ts'
import { applyOperations } from '../patch/apply.ts'
import { toPointer, tokensOf } from '../patch/draft.ts'
import { leafAt, withLeaf } from '../patch/inventory.ts'
import { workloadLabel, WORKLOAD_LABEL } from '../template/steps/labels.ts'
import type { WorkloadKind } from '../workload/workload.ts'
import type { Planned } from './plan-anew.ts'
import { nameOf } from './subject.ts'
import { replacedDefaultWarnings, spokenWarnings } from './warnings.ts'

type Plan = Planned['decision']
type Halves = readonly [before: string, behind: string]

/** A plan, and what every workload with the same annotations is told besides. */
export interface FirstPlan extends Planned {
  readonly advice: readonly string[]
}

/** A plan for a workload of some name, and where that name stands in it. */
export interface Remembered extends Omit<FirstPlan, 'decision'> {
  /** Without the object of the first of them. */
  readonly decision: Omit<Plan, 'result'>
  /** The operation whose value holds the label with the name, and where in it. */
  readonly labelled: { readonly index: number; readonly tokens: readonly string[] }
  /** The text of the plan around the hash of that label. */
  readonly planText: Halves
  /** The operations as JSON in UTF-8: up to the label, on to its hash in the plan, on to the end. */
  readonly patch: readonly [Buffer, Buffer, Buffer]
}

/** Undefined where the name stands in the plan in another way than usual: a label of the user's, for one. */
export function toRemembered(
  kind: WorkloadKind,
  object: JsonObject,
  first: FirstPlan,
): Remembered | undefined {
  const { result: _, ...decision } = first.decision
  const { plan, operations } = decision
  // Pods that are one replica over several nodes call each other by the workload's names.
  if (plan.nodesPerReplica > 1) return undefined
  const label = workloadLabel(kind.kind, nameOf(object))
  const hash = hashText(label)
  const [labelled] = operations.flatMap((operation, index) => labelIn(kind, operation, index))
  if (labelled === undefined || leafAt(plan.added, labelPath(kind)) !== hash) return undefined
  const planText = splitAround(planTextOf(operations), HASH_BEFORE, hash, '"')
  const patch = splitPatch(operations, labelled.index, label, hash)
  if (planText === undefined || patch === undefined) return undefined
  return { ...first, decision, labelled, planText, patch }
}

const HASH_BEFORE = `"${WORKLOAD_LABEL}":"`

function labelPath({ templateAt }: WorkloadKind): readonly string[] {
  return [...templateAt, 'metadata', 'labels', WORKLOAD_LABEL]
}

function labelIn(kind: WorkloadKind, operation: Operation, index: number): Remembered['labelled'][] {
  const path = labelPath(kind)
  const isAbove = `${toPointer(path)}/`.startsWith(`${operation.path}/`)
  const tokens = path.slice(tokensOf(operation.path).length)
  return isAbove && operation.op !== 'remove' ? [{ index, tokens }] : []
}

/** The plan is the last that is written. */
function planTextOf(operations: readonly Operation[]): string | undefined {
  const last = operations.at(-1)
  return last !== undefined && last.op !== 'remove' && typeof last.value === 'string' ? last.value : undefined
}

function splitPatch(
  operations: readonly Operation[],
  labelled: number,
  label: string,
  hash: string,
): Remembered['patch'] | undefined {
  const texts = operations.map(operation => JSON.stringify(operation))
  const ofLabel = splitAround(texts[labelled], '', JSON.stringify(label), '')
  const ofHash = splitAround(texts.at(-1), quoted(HASH_BEFORE), hash, quoted('"'))
  if (ofLabel === undefined || ofHash === undefined) return undefined
  const upTo = [...texts.slice(0, labelled), ofLabel[0]].join(',')
  const between = [ofLabel[1], ...texts.slice(labelled + 1, -1), ofHash[0]].join(',')
  return [Buffer.from(`[${upTo}`), Buffer.from(between), Buffer.from(`${ofHash[1]}]`)]
}

/** As it stands inside of a text that is JSON itself. */
function quoted(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}

/** What stands before `name` and behind it, where it occurs once in these surroundings. */
function splitAround(
  text: string | undefined,
  before: string,
  name: string,
  behind: string,
): Halves | undefined {
  const [head, tail, ...others] = text?.split(before + name + behind) ?? []
  return head === undefined || tail === undefined || others.length > 0
    ? undefined
    : [head + before, behind + tail]
}

/** The remembered plan for a workload of this name. */
export function recall(remembered: Remembered, kind: WorkloadKind, object: JsonObject): Decision {
  return new RecalledPlan(remembered, kind, object)
}

/**
 * The operations, the plan and the result are made when somebody asks for them: the webhooks send the patch as it is. So it
 * is the last word and never spread, which would leave them behind. A
 * class, because V8 gives every object literal with a getter a hidden class of its own, and that keeps the request alive
 * until a full collection.
 */
class RecalledPlan implements Plan {
  readonly decision = 'Plan'
  readonly reasons: Plan['reasons']
  readonly warnings: Plan['warnings']
  readonly ready: ReadyPlan
  readonly #remembered: Remembered
  readonly #kind: WorkloadKind
  readonly #object: JsonObject
  readonly #label: string
  readonly #hash: string

  constructor(remembered: Remembered, kind: WorkloadKind, object: JsonObject) {
    const { decision, replaced, spoken, advice, patch } = remembered
    this.#remembered = remembered
    this.#kind = kind
    this.#object = object
    this.#label = workloadLabel(kind.kind, nameOf(object))
    this.#hash = hashText(this.#label)
    this.reasons = decision.reasons
    this.warnings = [
      ...spokenWarnings(object, spoken),
      ...replacedDefaultWarnings(object, replaced),
      ...advice,
    ]
    const [upToLabel, upToHash, rest] = patch
    const label = Buffer.from(JSON.stringify(this.#label))
    const patchBytes = Buffer.concat([upToLabel, label, upToHash, Buffer.from(this.#hash), rest])
    const { preset, instanceTypes } = decision.plan
    this.ready = { preset, instanceTypes, patchBytes }
  }

  get plan(): Plan['plan'] {
    const { plan } = this.#remembered.decision
    return { ...plan, added: withLeaf(plan.added, labelPath(this.#kind), this.#hash) }
  }

  get operations(): Plan['operations'] {
    const { decision, labelled, planText } = this.#remembered
    const operations = [...decision.operations]
    replaceValue(operations, labelled.index, value => withText(value, labelled.tokens, this.#label))
    replaceValue(operations, operations.length - 1, () => planText[0] + this.#hash + planText[1])
    return operations
  }

  get result(): JsonObject {
    return applyOperations(this.#object, this.operations)
  }
}

function replaceValue(operations: Operation[], index: number, make: (value: Json) => Json): void {
  const operation = operations[index]
  if (operation !== undefined && operation.op !== 'remove')
    operations[index] = { ...operation, value: make(operation.value) }
}

function withText(value: Json, [token, ...rest]: readonly string[], text: string): Json {
  if (token === undefined || !isObject(value)) return text
  return { ...value, [token]: withText(value[token] ?? {}, rest, text) }
}
