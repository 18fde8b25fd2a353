// The film's live table: pods, what they wait for, their claims and nodes. On a terminal it is redrawn in place, elsewhere
// printed again whenever something has changed.
import { setTimeout as sleepFor } from 'node:timers/promises'
import type { Io } from '../../src/cli/io.ts'
import { formatTable } from '../../src/cli/format/table.ts'
import { isObject, listAt, objectAt, stringAt, type JsonObject } from '../../src/core/api/json.ts'
import type { ControlPlane } from '../cluster/control-plane.ts'

const LOOK_EVERY_MS = 250
const CLAIM_LABEL = 'kaito.sh/claim'
const INSTANCE_TYPE_LABEL = 'node.kubernetes.io/instance-type'

/** What the table shows at one moment. */
export interface Picture {
  readonly pods: readonly JsonObject[]
  readonly claims: readonly JsonObject[]
}

/** Shows the table until `isDone` says so, the time is up, or somebody stops it. */
export async function showLive(
  plane: ControlPlane,
  io: Io,
  isDone: (picture: Picture) => boolean,
  options: { readonly stop: AbortSignal; readonly withinMs: number },
): Promise<void> {
  const startedMs = Date.now()
  let shown = ''
  while (!options.stop.aborted) {
    const picture = await look(plane)
    const table = renderPicture(picture)
    if (table !== shown) {
      if (io.colours && shown !== '') io.out(`\u001B[${shown.split('\n').length - 1}A\u001B[J`)
      io.out(io.colours ? table : `${table}\n`)
      shown = table
    }
    if (isDone(picture)) break
    if (Date.now() - startedMs > options.withinMs)
      throw new Error(`not within ${options.withinMs / 1000} s:\n${table}`)
    await sleepFor(LOOK_EVERY_MS)
  }
  const seconds = ((Date.now() - startedMs) / 1000).toFixed(1)
  io.out(`  (${seconds} s)\n\n`)
}

async function look(plane: ControlPlane): Promise<Picture> {
  const [pods, claims] = await Promise.all([
    itemsOf(plane, '/api/v1/namespaces/default/pods'),
    itemsOf(plane, `/apis/karpenter.sh/v1/nodeclaims?labelSelector=${encodeURIComponent(CLAIM_LABEL)}`),
  ])
  return { pods, claims }
}

async function itemsOf(plane: ControlPlane, path: string): Promise<readonly JsonObject[]> {
  const { body } = await plane.request<JsonObject>('GET', path)
  return listAt(body, 'items').filter(isObject)
}

/** One row for a pod, and one for a claim that no pod is pinned to. */
export function renderPicture({ pods, claims }: Picture): string {
  const rows = pods.map(pod => podRow(pod, claims))
  const pinned = new Set(pods.map(claimOf))
  const idle = claims
    .filter(claim => !pinned.has(nameOf(claim)))
    .map(claim => ['–', '–'].concat(claimCells(claim)))
  if (rows.length + idle.length === 0) return '  no pods, no nodes\n'
  const lines = formatTable(['POD', 'STATE', 'CLAIM', 'INSTANCE TYPE', 'NODE'], [...rows, ...idle])
  return lines.replaceAll(/^(?=.)/gm, '  ')
}

function podRow(pod: JsonObject, claims: readonly JsonObject[]): readonly string[] {
  const claim = claims.find(one => nameOf(one) === claimOf(pod))
  return [nameOf(pod), stateOf(pod), ...(claim === undefined ? ['–', '–', '–'] : claimCells(claim))]
}

function claimCells(claim: JsonObject): readonly string[] {
  const { [INSTANCE_TYPE_LABEL]: type } = objectAt(objectAt(claim, 'metadata'), 'labels')
  const isGoing = stringAt(objectAt(claim, 'metadata'), 'deletionTimestamp') !== undefined
  const node = stringAt(objectAt(claim, 'status'), 'nodeName')
  const state = isGoing
    ? 'going'
    : isTrue(claim, 'Ready')
      ? 'ready'
      : node === undefined
        ? 'on its way'
        : 'starting'
  return [nameOf(claim), typeof type === 'string' ? type : '–', state]
}

/** As `kubectl get pods` says it. */
function stateOf(pod: JsonObject): string {
  if (stringAt(objectAt(pod, 'metadata'), 'deletionTimestamp') !== undefined) return 'Terminating'
  if (listAt(objectAt(pod, 'spec'), 'schedulingGates').length > 0) return 'SchedulingGated'
  const phase = stringAt(objectAt(pod, 'status'), 'phase') ?? 'Pending'
  return phase === 'Running' && isTrue(pod, 'Ready') ? 'Running, ready' : phase
}

function isTrue(object: JsonObject, type: string): boolean {
  return listAt(objectAt(object, 'status'), 'conditions').some(
    condition => isObject(condition) && condition['type'] === type && condition['status'] === 'True',
  )
}

function claimOf(pod: JsonObject): string | undefined {
  return stringAt(objectAt(objectAt(pod, 'spec'), 'nodeSelector'), CLAIM_LABEL)
}

function nameOf(object: JsonObject): string {
  return stringAt(objectAt(object, 'metadata'), 'name') ?? ''
}

/** So many pods run and are ready, and there are no others. */
export function areReady(count: number): (picture: Picture) => boolean {
  return ({ pods }) => pods.length === count && pods.every(pod => stateOf(pod) === 'Running, ready')
}
