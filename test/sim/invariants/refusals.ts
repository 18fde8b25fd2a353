// Simulator: refusals are always reported: where the provider refuses a claim, and one process leads undisturbed before and
// after, an Event on the workload must say so.
import type { ApiServer } from '../api/api-server.ts'
import { isLeaving, type Claim } from '../api/objects.ts'
import type { Call } from '../controller/client.ts'
import type { Scenario } from '../scenario/scenario.ts'
import type { Recorded } from '../controller/parts.ts'
import type { ControllerProcess } from '../controller/process.ts'
import type { History } from './history.ts'

/** Longer than any watch is late, and than the planner waits for the provider's words. */
const IN_TIME_MS = 45_000

/** Shorter than REFUSAL_MS in src/core/claim/refusals.ts. */
const REMEMBERED_MS = 170_000

export interface RefusalCheck {
  /** By the provider. */
  refused(claim: Claim): void
  created(claim: Claim, call: Call): void
  recorded(event: Recorded): void
  /** What a process has asked to be deleted is no refusal to it, even where the deletion was not carried out. */
  called(call: Call): void
}

export function createRefusalCheck(
  api: ApiServer,
  scenario: Scenario,
  history: History,
  processes: () => readonly ControllerProcess[],
  violate: (invariant: string, message: string) => void,
): RefusalCheck {
  const { world } = api
  const said = new Set<string>()
  const refusedMs = new Map<string, number>()
  // Given up by us, or found unfit: that counts as refused as well.
  const unusable = new Set<string>()
  api.onChange(({ resource, object, previous }) => {
    if (resource !== 'nodeclaims' || previous === undefined || isLeaving(previous) || !isLeaving(object))
      return
    for (const type of typesOf(object as Claim)) unusable.add(type)
  })
  const leader = () => processes().find(process => process.leadsSinceMs() !== undefined)
  const released = new Set<string>()
  /** Claims of which nobody has been told that they were made. */
  const unanswered = new Set<string>()
  return {
    called({ request: { method, path } }) {
      if (method === 'DELETE') released.add(path.slice(path.lastIndexOf('/') + 1))
    },
    recorded({ reason, message, uid }) {
      if (reason === 'CapacityRefused') said.add(`${uid} ${/^claim (\S+)/.exec(message)?.[1] ?? ''}`)
    },
    created(claim, { view, processName, isAnswerLost }) {
      if (isAnswerLost) unanswered.add(claim.metadata.uid)
      const known = leader()
      const sinceMs = known?.leadsSinceMs() ?? Infinity
      if (scenario.backend !== 'fixed' || known === undefined) return
      if (!processName.startsWith(known.name)) return
      const isRefused = (type: string): boolean => {
        const atMs = refusedMs.get(type) ?? -Infinity
        return atMs > sinceMs && atMs <= view.allMs && world.now() - atMs < REMEMBERED_MS
      }
      const [type = ''] = typesOf(claim)
      const spec = scenario.workloads.find(({ name }) => workloadNameOf(claim) === name)
      const others = spec?.kind === 'Group' ? [] : (spec?.instanceTypes ?? [])
      const untried = others.find(other => !refusedMs.has(other) && !unusable.has(other))
      if (isRefused(type) && untried !== undefined)
        violate(
          'refused capacity is not asked for again',
          `claim ${claim.metadata.name} for ${type}, not ${untried}`,
        )
      // Where nothing else is left it is tried again, and then it counts as new for everybody.
      refusedMs.delete(type)
    },
    refused(claim) {
      const { metadata } = claim
      const before = leader()
      const leadsSinceMs = before?.leadsSinceMs()
      const uid = metadata.labels?.['kaito.sh/workload-uid'] ?? ''
      const knew = world.now() - Date.parse(metadata.creationTimestamp) > 25_000 || leadsSinceMs === undefined
      const createdMs = Date.parse(metadata.creationTimestamp)
      // Who has not made it and not heard of it yet may never hear of it.
      if (before === undefined || leadsSinceMs === undefined) return
      if (!knew && (leadsSinceMs > createdMs || unanswered.has(metadata.uid))) return
      if (metadata.annotations?.['kaito.sh/idle-since'] !== undefined) return
      for (const type of typesOf(claim)) refusedMs.set(type, world.now())
      world.after(IN_TIME_MS, () => {
        if (leader() !== before || before.leadsSinceMs() !== leadsSinceMs) return
        if (history.plannedUntilMs(uid) < world.now() || said.has(`${uid} ${metadata.name}`)) return
        if (released.has(metadata.name)) return
        violate('refusals are always reported', `claim ${metadata.name}`)
      })
    },
  }
}

function typesOf({ spec }: Claim): readonly string[] {
  return spec.requirements.find(({ key }) => key === 'node.kubernetes.io/instance-type')?.values ?? []
}

function workloadNameOf({ metadata }: Claim): string {
  return (metadata.labels?.['kaito.sh/workload'] ?? '').replace(/^[^-]+-/, '')
}
