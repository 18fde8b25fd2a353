// Shell: controller. What is to be done about the Services of one workload, as tasks of the queue, and what is said of them.
import {
  planCompanions,
  type CompanionAction,
  type CompanionNotice,
} from '../core/companion/plan-companions.ts'
import { settlingMs } from '../core/companion/settling.ts'
import type { Failure } from '../core/ports.ts'
import { SERVICES } from '../core/resource-paths.ts'
import type { ObservedService, ObservedWorkload } from '../core/workload/observed.ts'
import type { ClusterCache } from './cluster-cache.ts'
import type { ControllerDependencies } from './controller.ts'
import { workloadReference } from './execute.ts'
import type { Task } from './work-queue.ts'

/** What is remembered of a workload from one round to the next. */
export interface CompanionMemory {
  readonly firstSeenMs: number
  /** The notices that held in the last round, and so were given. */
  readonly said: readonly string[]
}

/** The outcome for one workload. */
export interface CompanionRound {
  readonly tasks: readonly Task[]
  readonly memory: CompanionMemory
  /** Something is to be done then. */
  readonly requeueAfterMs?: number
}

type Dependencies = Pick<ControllerDependencies, 'client' | 'events' | 'failures' | 'clock'>

/** One round of one workload; `memory` undefined: its first one. */
export function planCompanionTasks(
  workload: ObservedWorkload,
  services: ReadonlyMap<string, ObservedService>,
  memory: CompanionMemory | undefined,
  dependencies: Dependencies,
  cache: ClusterCache,
): CompanionRound {
  const nowMs = dependencies.clock.now()
  const { firstSeenMs, said } = memory ?? { firstSeenMs: nowMs, said: [] }
  const { actions, notices } = planCompanions(workload, services)
  say(workload, said, notices, dependencies)
  const waitMs = settlingMs(workload, firstSeenMs, nowMs)
  const due = actions.filter(({ type }) => waitMs === 0 || type !== 'create-service')
  return {
    tasks: due.map(action => companionTask(action, dependencies, cache)),
    memory: { firstSeenMs, said: notices.map(({ message }) => message) },
    ...(due.length < actions.length && { requeueAfterMs: waitMs }),
  }
}

/** Once, for as long as it holds. */
function say(
  workload: ObservedWorkload,
  said: readonly string[],
  notices: readonly CompanionNotice[],
  { events }: Dependencies,
): void {
  for (const { type, reason, message } of notices)
    if (!said.includes(message)) events.record({ object: workloadReference(workload), type, reason, message })
}

function companionTask(action: CompanionAction, dependencies: Dependencies, cache: ClusterCache): Task {
  const { namespace, name } = action.type === 'create-service' ? action : action.service
  return {
    key: `service ${namespace}/${name}`,
    type: action.type,
    subject: `${namespace}/${name}`,
    run: () => execute(action, dependencies, cache),
  }
}

async function execute(
  action: CompanionAction,
  { client, failures }: Dependencies,
  cache: ClusterCache,
): Promise<void> {
  if (action.type === 'create-service')
    return ignoring('already-exists', failures, async () => {
      cache.written(SERVICES.resource, await client.create(SERVICES, action.namespace, action.object))
    })
  const { service } = action
  if (action.type === 'delete-service')
    return ignoring('not-found', failures, () => client.delete(SERVICES, service, { uid: service.uid }))
  return ignoring('not-found', failures, async () => {
    const written = await client.patch(SERVICES, service, 'merge-patch', action.patch)
    cache.written(SERVICES.resource, written)
  })
}

/** Somebody was faster, and what they did is what was to be done. */
export async function ignoring(
  kind: Failure['kind'],
  failures: ControllerDependencies['failures'],
  run: () => Promise<unknown>,
): Promise<void> {
  try {
    await run()
  } catch (error) {
    if (failures.classify(error).kind !== kind) throw error
  }
}
