// Pipeline: admit. A plan with its workload's name taken out, so that it serves every workload that differs in nothing
// else (plan-memo.ts). The name stands in two places: a label of the template, and the hash of that label in the plan.
import { hashText } from '../api/hash.ts'
import { isObject, type Json, type JsonObject } from '../api/json.ts'
import type { Operation } from '../api/operation.ts'
import { applyOperations } from '../patch/apply.ts'
import { toPointer, tokensOf } from '../patch/draft.ts'
import { leafAt, withLeaf } from '../patch/inventory.ts'
import { workloadLabel, WORKLOAD_LABEL } from '../template/steps/labels.ts'
import type { WorkloadKind } from '../workload/workload.ts'
import type { Planned, Planning } from './plan-anew.ts'
import { nameOf, type Subject } from './subject.ts'
import { spokenWarnings } from './warnings.ts'

type Plan = Planned['decision']
type Recalled = Omit<Plan, 'result'> & { readonly patchBytes: Buffer }
type Halves = readonly [before: string, behind: string]

/** A plan for a workload of some name, and where that name stands in it. */
export interface Remembered extends Omit<Planned, 'decision'> {
  /** Without the object of the first of them. */
  readonly decision: Omit<Plan, 'result'>
  /** The operation whose value holds the label with the name, and where in it. */
  readonly labelled: { readonly index: number; readonly tokens: readonly string[] }
  /** The text of the plan around the hash of that label. */
  readonly planText: Halves
  /** The operations as JSON in UTF-8: up to the label, on to its hash in the plan, on to the end. */
  readonly patchParts: readonly [Buffer, Buffer, Buffer]
}

/** Undefined where the name stands in the plan in another way than usual: a label of the user's, for one. */
export function toRemembered({ kind, base }: Subject, planning: Planning): Remembered | undefined {
  if ('errors' in planning) return undefined
  const { result: _, ...decision } = planning.decision
  const { plan, operations } = decision
  // Pods that are one replica over several nodes call each other by the workload's names.
  if (plan.nodesPerReplica > 1) return undefined
  const label = workloadLabel(kind.kind, nameOf(base))
  const hash = hashText(label)
  const [labelled] = operations.flatMap((operation, index) => labelIn(kind, operation, index))
  if (labelled === undefined || leafAt(plan.added, labelPath(kind)) !== hash) return undefined
  const planText = splitAround(planTextOf(operations), HASH_BEFORE, hash, '"')
  const patchParts = splitPatch(operations, labelled.index, label, hash)
  if (planText === undefined || patchParts === undefined) return undefined
  return { ...planning, decision, labelled, planText, patchParts }
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
): Remembered['patchParts'] | undefined {
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

/** The remembered plan for this subject's name. */
export function recall(remembered: Remembered, { kind, object }: Subject): Planned {
  const { decision, replaced, spoken, labelled, planText, patchParts } = remembered
  const label = workloadLabel(kind.kind, nameOf(object))
  const hash = hashText(label)
  const operations = [...decision.operations]
  replaceValue(operations, labelled.index, value => withText(value, labelled.tokens, label))
  replaceValue(operations, operations.length - 1, () => planText[0] + hash + planText[1])
  const plan = { ...decision.plan, added: withLeaf(decision.plan.added, labelPath(kind), hash) }
  const [upToLabel, upToHash, rest] = patchParts
  const labelBytes = Buffer.from(JSON.stringify(label))
  const patchBytes = Buffer.concat([upToLabel, labelBytes, upToHash, Buffer.from(hash), rest])
  const warnings = spokenWarnings(object, spoken)
  const recalled = new RecalledPlan({ ...decision, warnings, plan, operations, patchBytes }, object)
  return { decision: recalled, replaced, spoken }
}

/**
 * A plan whose result is made when somebody asks for it: the webhooks never do. A class, because V8 gives every object
 * literal with a getter a hidden class of its own, and that keeps the request alive until a full collection.
 */
class RecalledPlan {
  readonly decision = 'Plan'
  readonly reasons: Plan['reasons']
  readonly warnings: Plan['warnings']
  readonly plan: Plan['plan']
  readonly operations: Plan['operations']
  readonly patchBytes: Buffer
  readonly #object: JsonObject

  constructor({ reasons, warnings, plan, operations, patchBytes }: Recalled, object: JsonObject) {
    this.reasons = reasons
    this.warnings = warnings
    this.plan = plan
    this.operations = operations
    this.patchBytes = patchBytes
    this.#object = object
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
