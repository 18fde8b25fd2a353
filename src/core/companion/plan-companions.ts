// Pipeline: companion. Desired and observed Services → what to create, change or delete. Only what the workload owns is
// ever touched: a Service of that name which somebody else made is theirs.
import { objectAt, stringAt, type JsonObject } from '../api/json.ts'
import type { ObservedService, ObservedWorkload } from '../workload/observed.ts'
import { desiredHeadlessService, desiredService } from './desired-service.ts'
import { serviceName } from './service-name.ts'
import { patchToDesired, patchToWithdrawn } from './service-patch.ts'

/** Each may be repeated: a second creation is refused (409), a second change or deletion finds another uid or version. */
export type CompanionAction =
  | {
      readonly type: 'create-service'
      readonly namespace: string
      readonly name: string
      readonly object: JsonObject
    }
  /** `patch` is a merge patch. */
  | { readonly type: 'update-service'; readonly service: ObservedService; readonly patch: JsonObject }
  | { readonly type: 'delete-service'; readonly service: ObservedService }

/** For an Event on the workload. It is given again while it holds: the caller says it once. */
export interface CompanionNotice {
  readonly type: 'Warning'
  readonly reason: 'ServiceExists'
  readonly message: string
}

/** What is to be done and said about the Services of one workload. */
export interface CompanionPlan {
  readonly actions: readonly CompanionAction[]
  readonly notices: readonly CompanionNotice[]
}

const NOTHING: CompanionPlan = { actions: [], notices: [] }

/** What must be done so that the workload has its Services; `services` by `namespace/name`. */
export function planCompanions(
  workload: ObservedWorkload,
  services: ReadonlyMap<string, ObservedService>,
): CompanionPlan {
  if (workload.deletedAtMs !== undefined) return NOTHING
  if (!workload.annotated) return planWithdrawal(workload, services)
  const { headless, wanted } = desiredOf(workload)
  const name = serviceName(workload.name)
  const isTaken = headless !== undefined && nameOf(headless) === name
  const plans = [
    headless === undefined ? NOTHING : planService(workload, headless, services),
    wanted === undefined ? NOTHING : isTaken ? nameTaken(name) : planService(workload, wanted, services),
    wanted === undefined && !isTaken ? planDeletion(workload, name, services) : NOTHING,
  ]
  return {
    actions: plans.flatMap(({ actions }) => actions),
    notices: plans.flatMap(({ notices }) => notices),
  }
}

interface Desired {
  readonly headless: JsonObject | undefined
  readonly wanted: JsonObject | undefined
}

/** Asked in every round of every workload, and the same for one version of it. */
const keptDesired = new WeakMap<ObservedWorkload, Desired>()

function desiredOf(workload: ObservedWorkload): Desired {
  const kept = keptDesired.get(workload)
  if (kept !== undefined) return kept
  const made = { headless: desiredHeadlessService(workload), wanted: desiredService(workload) }
  keptDesired.set(workload, made)
  return made
}

function planService(
  workload: ObservedWorkload,
  object: JsonObject,
  services: ReadonlyMap<string, ObservedService>,
): CompanionPlan {
  const { namespace } = workload
  const name = nameOf(object)
  const existing = services.get(`${namespace}/${name}`)
  if (existing === undefined) {
    return { actions: [{ type: 'create-service', namespace, name, object }], notices: [] }
  }
  // One that is on its way out makes room in a moment.
  if (existing.deletedAtMs !== undefined) return NOTHING
  if (isOwned(existing, workload)) return planUpdate(existing, patchToDesired(existing, object))
  return notice(`there is a Service ${name} already, which is not this workload's: it is left as it is`)
}

/** Clients may still call a workload that is no longer ours: its Services stay, find its pods, and go when it goes. */
function planWithdrawal(
  workload: ObservedWorkload,
  services: ReadonlyMap<string, ObservedService>,
): CompanionPlan {
  const { namespace, podLabel } = workload
  const names = new Set([serviceName(workload.name), workload.serviceName])
  const actions = [...names].flatMap(name => {
    const service = services.get(`${namespace}/${name}`)
    const isOurs = service !== undefined && isOwned(service, workload)
    return isOurs ? planUpdate(service, patchToWithdrawn(service, podLabel)).actions : []
  })
  return { actions, notices: [] }
}

function planUpdate(service: ObservedService, patch: JsonObject | undefined): CompanionPlan {
  if (patch === undefined || service.deletedAtMs !== undefined) return NOTHING
  return { actions: [{ type: 'update-service', service, patch }], notices: [] }
}

function planDeletion(
  workload: ObservedWorkload,
  name: string,
  services: ReadonlyMap<string, ObservedService>,
): CompanionPlan {
  const service = services.get(`${workload.namespace}/${name}`)
  if (service === undefined || service.deletedAtMs !== undefined || !isOwned(service, workload))
    return NOTHING
  // Its user has taken it over.
  if (service.managed === undefined) return NOTHING
  return { actions: [{ type: 'delete-service', service }], notices: [] }
}

/** Pods of the group reach each other by the headless Service: it goes before the one for clients. */
function nameTaken(name: string): CompanionPlan {
  return notice(
    `no Service for clients: its name ${name} is that of the headless Service (spec.serviceName); make one that selects apps.kubernetes.io/pod-index: "0"`,
  )
}

function notice(message: string): CompanionPlan {
  return { actions: [], notices: [{ type: 'Warning', reason: 'ServiceExists', message }] }
}

function isOwned({ ownerUids }: ObservedService, { uid }: ObservedWorkload): boolean {
  return ownerUids.includes(uid)
}

function nameOf(object: JsonObject): string {
  return stringAt(objectAt(object, 'metadata'), 'name') ?? ''
}
