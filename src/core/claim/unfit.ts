// Pipeline: claim. Machines that do not take the pods that they are for: too small, without a label, tainted for good. Without
// this memory a pod that fits nowhere would buy machine after machine.
import { compareText } from '../api/compare-text.ts'
import type { Shape } from './demand.ts'
import { resourceWords } from './exclusive.ts'
import type { ObservedNode } from './observation.ts'
import { refusalOf, refuse, REFUSAL_MS, shapeScope, type Ledger } from './ledger.ts'
import { INSTANCE_TYPE_LABEL } from './requirements.ts'
import { lacks, type Room, type Slot } from './room.ts'
import { judge, typeOfSlot, type Misfit } from './suits.ts'
import type { Turn } from './turn.ts'

/** A node that turned out too small for a shape stays so: asked again only because machine images change. */
const UNFIT_MS = 60 * 60_000
/** Each machine that was bought in vain makes the wait before the next one so many times longer. */
const GROWTH = 4
const LONGEST_UNFIT_MS = 7 * 24 * 60 * 60_000
/** What provisioners do not choose: disks are made as large as the claim asks. */
const GIVEN_BY_TYPE = ['cpu', 'memory'] as const

/**
 * A node that was made for this shape, is empty, and still does not take one of its pods: another of its kind would not
 * either.
 */
export function noteUnfitNodes(turn: Turn, ledger: Ledger, room: Room, shape: Shape): void {
  for (const slot of room.ofShape.get(shape.key) ?? []) {
    if (!slot.isEmpty || slot.taken > 0) continue
    const unfit = unfitness(turn, shape, slot)
    if (unfit === undefined) continue
    const types = [typeOfSlot(slot)].filter(type => type !== undefined)
    for (const instanceType of types.length > 0 ? types : (slot.claim?.instanceTypes ?? []))
      refuse(ledger, {
        instanceType,
        scope: shapeScope(shape.key),
        untilMs: turn.nowMs + waitMs(countInVain(turn, ledger, shape, instanceType, slot), unfit),
        message: `node of claim ${slot.name} does not take the pod: ${unfit.misfit}`,
      })
  }
}

/** A type of which the cluster has nodes, none of them large enough for the pod even when empty, need not be bought to know. */
export function noteSmallTypes(turn: Turn, ledger: Ledger, shape: Shape): void {
  const { key, claimable, pod } = shape
  const types = claimable.ok ? claimable.instanceTypes : []
  const untried = types.filter(type => refusalOf(ledger, type, shape) === undefined)
  const wanted = new Set(untried.map(type => type.toLowerCase()))
  const nodes = turn.observation.nodes.filter(node => node.ready && wanted.has(typeOf(node)))
  for (const [instanceType, alike] of Map.groupBy(nodes, typeOf)) {
    const [largest] = alike.toSorted(
      (left, right) => amountOf(right, 'cpu') - amountOf(left, 'cpu') || compareText(left.name, right.name),
    )
    const lacking = GIVEN_BY_TYPE.filter(name =>
      alike.every(node => (pod.requests[name] ?? 0) > amountOf(node, name)),
    )
    if (lacking.length === 0 || largest === undefined) continue
    const message = `node ${largest.name}, which is one, has not enough ${lacking.join(', ')} even when it is empty`
    refuse(ledger, { instanceType, scope: shapeScope(key), untilMs: turn.nowMs + REFUSAL_MS, message })
  }
}

function typeOf({ labels }: ObservedNode): string {
  return (labels[INSTANCE_TYPE_LABEL] ?? '').toLowerCase()
}

function amountOf({ allocatable }: ObservedNode, name: string): number {
  return allocatable[name] ?? 0
}

/** How many machines of the type were bought in vain for this shape, this one included. */
function countInVain(turn: Turn, ledger: Ledger, shape: Shape, instanceType: string, slot: Slot): number {
  const key = `${shape.key}\n${instanceType.toLowerCase()}`
  const known = ledger.boughtInVain.get(key)?.claims ?? []
  const uid = slot.claim?.uid ?? slot.name
  const claims = known.includes(uid) ? known : [...known, uid]
  ledger.boughtInVain.set(key, { shape: shape.key, claims, lastSeenMs: turn.nowMs })
  return claims.length
}

function waitMs(times: number, { mayPass = false }: Misfit): number {
  return Math.min((mayPass ? REFUSAL_MS : UNFIT_MS) * GROWTH ** (times - 1), LONGEST_UNFIT_MS)
}

function unfitness(turn: Turn, shape: Shape, slot: Slot): Misfit | undefined {
  const verdict = judge(turn, shape, slot)
  if (typeof verdict === 'object') return verdict
  const lacking = Object.entries(shape.pod.requests)
    .filter(([name, wanted]) => lacks(slot, name, wanted))
    .map(([name]) => resourceWords(name))
  return lacking.length === 0 ? undefined : { misfit: `not enough ${lacking.join(', ')}` }
}
