// Simulator: watches over everything that must never happen. Told of every change and every call; the first violation ends
// the run. The reasons stand in docs/scheduler-invariants.md.
import type { Observation } from '../../../src/core/claim/observation.ts'
import type { Machines } from '../actors/machines.ts'
import type { ApiServer } from '../api/api-server.ts'
import type { HttpAnswer } from '../api/http.ts'
import type { Claim } from '../api/objects.ts'
import type { Call, View } from '../controller/client.ts'
import type { Recorded } from '../controller/parts.ts'
import type { ControllerProcess } from '../controller/process.ts'
import type { Scenario } from '../scenario/scenario.ts'
import type { Checked } from './check.ts'
import { recordHistory } from './history.ts'
import { createMemoryCheck } from './memory.ts'
import { createRefusalCheck } from './refusals.ts'
import { checkWrite } from './writes.ts'

export interface Violation {
  readonly invariant: string
  readonly message: string
  readonly atMs: number
}

export interface Invariants {
  readonly violate: (invariant: string, message: string) => void
  readonly violation: () => Violation | undefined
  readonly watch: (processes: readonly ControllerProcess[]) => void
  readonly refused: (claim: Claim) => void
  readonly onEvent: (event: Recorded) => void
  readonly onRound: (observation: Observation, view: View) => void
  readonly onCall: (call: Call, answer: HttpAnswer | undefined) => void
  /** From now on nothing may be written. */
  readonly expectQuiet: () => void
}

export function createInvariants(api: ApiServer, scenario: Scenario, machines: Machines): Invariants {
  const { world } = api
  let first: Violation | undefined
  let quietSinceMs = Infinity
  let current: Call | undefined
  let processes: readonly ControllerProcess[] = []
  const violate = (invariant: string, message: string): void => {
    world.tell('VIOLATION', () => `${invariant}: ${message}`)
    first ??= { invariant, message, atMs: world.now() }
  }
  const history = recordHistory(api, () => current?.isAnswerLost === true)
  const checked: Checked = { api, machines, scenario, history, violate }
  const refusals = createRefusalCheck(api, scenario, history, () => processes, violate)
  const looks = new Map<string, Look>()
  api.onChange(change => {
    if (current === undefined || change.by !== current.processName) return
    const known = looks.get(`${current.processName} ${subjectOf(change.object as Claim)}`)
    const look = known !== undefined && current.sentMs - known.atMs < LOOK_LASTS_MS ? known : undefined
    const { view } = look ?? current
    const [viewMs, claimsViewMs] = [view.allMs, view.claimsMs]
    checkWrite(checked, { change, call: current, viewMs, claimsViewMs, lookedMs: look?.atMs })
    if (change.resource === 'nodeclaims' && change.type === 'ADDED')
      refusals.created(change.object as Claim, current)
  })
  return {
    violate,
    violation: () => first,
    watch: all => void (processes = all),
    refused: claim => refusals.refused(claim),
    onEvent: event => refusals.recorded(event),
    onRound: createMemoryCheck(api, violate),
    onCall(call, answer) {
      current = answer === undefined ? call : undefined
      if (answer !== undefined) return
      noteLook(looks, call, world.now())
      refusals.called(call)
      const read = call.request.method === 'GET' ? CLAIM_PATH.exec(call.request.path)?.[1] : undefined
      if (read !== undefined) history.claimRead(read, call.processName)
      if (world.now() >= quietSinceMs)
        violate('quiet when all is well', `${call.processName} ${call.request.method} ${call.request.path}`)
    },
    expectQuiet: () => void (quietSinceMs = world.now()),
  }
}

const CLAIM_PATH = /\/nodeclaims\/([^/]+)$/

/** The second step follows at once; a look that is older belongs to an attempt before. */
const LOOK_LASTS_MS = 15_000

/** The first of two steps: what is on this node? Is this pod still the same? */
interface Look {
  readonly atMs: number
  /** What was known when both were decided. */
  readonly view: View
}

function noteLook(looks: Map<string, Look>, { processName, request, view }: Call, atMs: number): void {
  const node = /^spec\.nodeName=(.*)$/.exec(request.query?.['fieldSelector'] ?? '')?.[1]
  const pod =
    request.method === 'GET' ? /\/namespaces\/[^/]+\/pods\/([^/]+)$/.exec(request.path)?.[1] : undefined
  const subject = node ?? pod
  if (subject !== undefined) looks.set(`${processName} ${subject}`, { atMs, view })
}

/** A claim by its node, a pod by its name. */
function subjectOf({ kind, metadata, status }: Claim): string {
  return kind === 'Pod' ? metadata.name : (status.nodeName ?? '')
}
