// Pipeline: claim. Claims for pods that have no place yet: how many equal pods one machine takes, what policies still allow, and
// the claim's object.
import type { JsonObject } from '../api/json.ts'
import { addResources, GPU, isExclusive, type Resources } from '../api/resources.ts'
import { createBudget } from './budget.ts'
import type { DemandedPod, Shape } from './demand.ts'
import { withoutExclusive } from './exclusive.ts'
import { freeNames } from './names.ts'
import type { Ledger } from './ledger.ts'
import type { Room } from './room.ts'
import { findOffer, type Offer, type OpenOffer } from './offer.ts'
import type { Sentence, Turn } from './turn.ts'

/** The claims that one turn adds. */
export interface Claims {
  /** The same all through the turn. */
  offer(shape: Shape): Offer
  /** Plans one claim for these equal pods. */
  create(shape: Shape, pods: readonly DemandedPod[], instanceTypes: readonly string[]): NewClaim | undefined
  /** Packs equal pods into as few claims as the first instance type allows, and the policies. */
  pack(shape: Shape, pods: readonly DemandedPod[]): Packing
  /** Those of the types of which so many more nodes may be claimed, by the policies; or why of none. */
  affordable(shape: Shape, instanceTypes: readonly string[], nodes: number): readonly string[] | Sentence
}

/** A claim that was planned. */
export interface NewClaim {
  readonly name: string
  readonly object: JsonObject
}

/** A claim that was planned, and the pods that it is for. */
export interface PackedClaim extends NewClaim {
  readonly pods: readonly DemandedPod[]
  readonly instanceTypes: readonly string[]
}

/** The claims for equal pods, and the pods for which policies allow none. */
export interface Packing {
  readonly claims: readonly PackedClaim[]
  readonly held: readonly DemandedPod[]
  readonly why?: Sentence
}

/** None yet. */
export function createClaims(turn: Turn, ledger: Ledger, room: Room): Claims {
  const used = new Set(turn.observation.claims.map(({ name }) => name))
  const names = new Map<string, Generator<string>>()
  const offers = new Map<string, Offer>()
  const budget = createBudget(turn)
  const offer = (shape: Shape) => {
    const known = offers.get(shape.key) ?? findOffer(turn, ledger, room, shape)
    offers.set(shape.key, known)
    return known
  }
  const create = (shape: Shape, pods: readonly DemandedPod[], instanceTypes: readonly string[]) => {
    const found = offer(shape)
    if (!found.ok) return undefined
    const named = names.get(shape.key) ?? freeNames(shape.workload.uid, shape.key, used)
    names.set(shape.key, named)
    const name = named.next().value as string
    const claim = planCreation(turn, found, { name, shape, pods, instanceTypes })
    budget.spend(shape.workload, instanceTypes)
    return claim
  }
  const affordable: Claims['affordable'] = ({ workload }, types, nodes) =>
    budget.affordable(workload, types, nodes)
  return {
    offer,
    create,
    affordable,
    pack: (shape, pods) => packClaims(turn, { offer, create, affordable }, shape, pods),
  }
}

function packClaims(
  turn: Turn,
  { offer, create, affordable }: Pick<Claims, 'offer' | 'create' | 'affordable'>,
  shape: Shape,
  pods: readonly DemandedPod[],
): Packing {
  const found = offer(shape)
  const claims: PackedClaim[] = []
  let rest = pods
  while (found.ok && rest.length > 0) {
    const types = affordable(shape, found.instanceTypes, 1)
    if ('reason' in types) return { claims, held: rest, why: types }
    const some = rest.slice(0, podsOn(turn, types[0] ?? '', shape))
    const instanceTypes = typesFor(turn, { ...found, instanceTypes: types }, shape, some.length)
    const claim = create(shape, some, instanceTypes)
    if (claim !== undefined)
      claims.push({ name: claim.name, object: claim.object, pods: some, instanceTypes })
    rest = rest.slice(some.length)
  }
  return { claims, held: [] }
}

/** At least one: a type that the catalogue does not know is tried with one pod. */
function podsOn(turn: Turn, instanceType: string, { placement, pod }: Shape): number {
  if (Object.keys(pod.requests).some(isExclusive)) return 1
  const gpus = turn.settings.gpusOfType(instanceType) ?? 0
  const wanted = Math.max(placement.gpusPerPod, pod.requests[GPU] ?? 0, 1)
  return Math.max(1, Math.floor(gpus / wanted))
}

/** Every type that holds so many pods, where the provisioner chooses and the user did not; else the first. */
function typesFor(
  turn: Turn,
  { backend, instanceTypes }: OpenOffer,
  shape: Shape,
  pods: number,
): readonly string[] {
  if (!backend.choosesInstanceType || shape.placement.ordered) return instanceTypes.slice(0, 1)
  return instanceTypes.filter((type, index) => index === 0 || podsOn(turn, type, shape) >= pods)
}

interface Wanted {
  readonly name: string
  readonly shape: Shape
  readonly pods: readonly DemandedPod[]
  readonly instanceTypes: readonly string[]
}

function planCreation(turn: Turn, offer: OpenOffer, wanted: Wanted): NewClaim {
  const { name, shape, pods, instanceTypes } = wanted
  const { kind, namespace, name: workloadName, uid, idleGraceMs } = shape.workload
  const object = offer.backend.desiredClaim({
    name,
    instanceTypes,
    requests: withoutExclusive(pods.reduce<Resources>((sum, { pod }) => addResources(sum, pod.requests), {})),
    storageGiB: shape.placement.storageGiB * pods.length,
    requirements: shape.claimable.ok ? shape.claimable.requirements : [],
    nodeClass: offer.nodeClass,
    workload: { kind, namespace, name: workloadName, uid },
    idleGraceMs,
    shape: shape.key,
  })
  const message = `claim ${name} (${shortList(instanceTypes)}) for ${pods.length} pod${pods.length === 1 ? '' : 's'}`
  turn.actions.push({
    type: 'create-claim',
    name,
    object,
    workloadUid: uid,
    message,
  })
  return { name, object }
}

/** The first of the instance types; the claim itself names all of them. */
function shortList([first = '', ...others]: readonly string[]): string {
  return others.length === 0
    ? first
    : `${first} or ${others.length} other type${others.length === 1 ? '' : 's'}`
}
