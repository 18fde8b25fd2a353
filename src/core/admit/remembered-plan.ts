// Pipeline: admit. A plan with its workload's name taken out, so that it serves every workload that differs in nothing
// else (plan-memo.ts). The name stands in two places: a label of the template, and the hash of that label in the plan.
import { PLAN } from '../api/annotations.ts'
import type { Decision, ReadyPlan } from '../api/decision.ts'
import { hashText } from '../api/hash.ts'
import type { JsonObject } from '../api/json.ts'
import type { Operation } from '../api/operation.ts'
import { readPlan } from '../api/plan-text.ts'
import { applyOperations } from '../patch/apply.ts'
import { toPointer } from '../patch/draft.ts'
import { leafAt } from '../patch/inventory.ts'
import { workloadLabel, WORKLOAD_LABEL } from '../template/steps/labels.ts'
import { annotationsOf, type WorkloadKind } from '../workload/workload.ts'
import type { Planned } from './plan-anew.ts'
import { nameOf } from './subject.ts'
import { replacedDefaultWarnings, spokenWarnings } from './warnings.ts'

type Plan = Planned['decision']
type Halves = readonly [before: string, behind: string]

/** A plan, and what every workload with the same annotations is told besides. */
export interface FirstPlan extends Planned {
  readonly advice: readonly string[]
}

/** What is kept of a plan for a workload of some name. */
export interface Remembered
  extends Omit<FirstPlan, 'decision'>, Pick<Plan, 'reasons'>, Omit<ReadyPlan, 'patchBase64'> {
  /** The operations as JSON in UTF-8: up to the label, on to its hash in the plan, on to the end. */
  readonly patch: readonly [Buffer, Buffer, Buffer]
}

/** Undefined where the name stands in the plan in another way than usual: a label of the user's, for one. */
export function toRemembered(
  kind: WorkloadKind,
  object: JsonObject,
  { decision, replaced, spoken, advice }: FirstPlan,
): Remembered | undefined {
  const { plan, operations, reasons } = decision
  // Pods that are one replica over several nodes call each other by the workload's names.
  if (plan.nodesPerReplica > 1) return undefined
  const label = workloadLabel(kind.kind, nameOf(object))
  const hash = hashText(label)
  const path = [...kind.templateAt, 'metadata', 'labels', WORKLOAD_LABEL]
  if (leafAt(plan.added, path) !== hash) return undefined
  const labelled = operations.findIndex(operation => writes(operation, toPointer(path)))
  const patch = splitPatch(operations, labelled, label, hash)
  if (patch === undefined) return undefined
  const { preset, instanceTypes } = plan
  return { reasons, preset, instanceTypes, replaced, spoken, advice, patch }
}

/** The place is in the value that the operation carries. */
function writes({ op, path }: Operation, pointer: string): boolean {
  return op !== 'remove' && `${pointer}/`.startsWith(`${path}/`)
}

const HASH_BEFORE = `"${WORKLOAD_LABEL}":"`

/** The plan is the last that is written. */
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
 * The operations, the plan and the result are made when somebody asks for them: the webhooks send the patch as it is. Never
 * spread a decision of this class: its getters would be lost. A class, because V8 gives every object literal with a getter a
 * hidden class of its own, and that keeps the request alive until a full collection.
 */
class RecalledPlan implements Plan {
  readonly decision = 'Plan'
  readonly reasons: Plan['reasons']
  readonly warnings: Plan['warnings']
  readonly ready: ReadyPlan
  readonly #kind: WorkloadKind
  readonly #object: JsonObject

  constructor(remembered: Remembered, kind: WorkloadKind, object: JsonObject) {
    const { reasons, preset, instanceTypes, replaced, spoken, advice, patch } = remembered
    this.#kind = kind
    this.#object = object
    this.reasons = reasons
    this.warnings = [
      ...spokenWarnings(object, spoken),
      ...replacedDefaultWarnings(object, replaced),
      ...advice,
    ]
    const label = workloadLabel(kind.kind, nameOf(object))
    const [upToLabel, upToHash, rest] = patch
    const patchBase64 = joinToBase64([upToLabel, JSON.stringify(label), upToHash, hashText(label), rest])
    this.ready = { preset, instanceTypes, patchBase64 }
  }

  get operations(): Plan['operations'] {
    return JSON.parse(Buffer.from(this.ready.patchBase64, 'base64').toString()) as Operation[]
  }

  get result(): JsonObject {
    return applyOperations(this.#object, this.operations)
  }

  get plan(): Plan['plan'] {
    const plan = readPlan(annotationsOf(this.#kind, this.result))
    if (plan === undefined || plan === 'invalid') throw new Error(`the remembered patch carries no ${PLAN}`)
    return plan
  }
}

/** Patches are joined here, one after the other: memory of their own, made and freed for each, took as long as all the rest. */
const joining = Buffer.alloc(32 * 1024)

function joinToBase64(pieces: readonly (Buffer | string)[]): string {
  let length = 0
  for (const piece of pieces) {
    // A text has at most three bytes for each of its characters.
    const most = typeof piece === 'string' ? piece.length * 3 : piece.length
    if (length + most > joining.length) return Buffer.concat(pieces.map(toBytes)).toString('base64')
    length += typeof piece === 'string' ? joining.write(piece, length) : piece.copy(joining, length)
  }
  return joining.toString('base64', 0, length)
}

function toBytes(piece: Buffer | string): Buffer {
  return typeof piece === 'string' ? Buffer.from(piece) : piece
}
