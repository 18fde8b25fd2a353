// Simulator: somebody's pod that comes to an idle node in the moment in which it is given back: past kube-scheduler, so that
// nobody could have known.
import type { ApiServer } from '../api/api-server.ts'
import type { Claim } from '../api/objects.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { ifThere } from './actor.ts'

const IDLE = 'kaito.sh/idle-since'
const STAY_MS = 20_000

export function startLateGuests(api: ApiServer, scenario: Scenario, isOpen: () => boolean): void {
  const { world } = api
  const random = world.random('late guests')
  const graces = scenario.workloads.map(({ idleGraceSeconds = Infinity }) => idleGraceSeconds * 1000)
  const graceMs = Math.min(scenario.idleGraceMs, ...graces)
  api.onChange(({ resource, type, object, previous }) => {
    if (resource !== 'nodeclaims' || type !== 'MODIFIED') return
    const { annotations } = object.metadata
    if (annotations?.[IDLE] === undefined || previous?.metadata.annotations?.[IDLE] !== undefined) return
    world.after(graceMs + random.between(-40, 60), () => {
      if (isOpen()) visit(api, object as Claim)
    })
  })
}

function visit(api: ApiServer, { metadata }: Claim): void {
  const claim = api.find('nodeclaims', metadata)
  const nodeName = claim?.status.nodeName
  if (claim?.metadata.deletionTimestamp !== undefined || nodeName === undefined) return
  const target = { namespace: 'other', name: `guest-${api.version()}` }
  api.create('somebody', 'pods', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: target,
    spec: { nodeName, terminationGracePeriodSeconds: 5, containers: [{ name: 'main' }] },
    status: { phase: 'Pending' },
  })
  api.world.after(STAY_MS, () => ifThere(() => api.remove('somebody', 'pods', target)))
}
