// Simulator: somebody else's gate (Kueue's), removed some time after the pod was made; and a DaemonSet with a pod on every
// node.
import type { ApiServer } from '../api/api-server.ts'
import type { Pod } from '../api/objects.ts'
import { ifThere, startActor } from './actor.ts'
import { KUEUE_GATE } from '../scenario/workloads.ts'

export function startKueue(api: ApiServer): void {
  const random = api.world.random('kueue')
  api.onChange(({ type, resource, object }) => {
    if (resource !== 'pods' || type !== 'ADDED') return
    const { metadata, spec } = object as Pod
    if (!(spec.schedulingGates ?? []).some(({ name }) => name === KUEUE_GATE)) return
    api.world.after(random.between(1000, 60_000), () => ifThere(() => admit(api, metadata)))
  })
}

function admit(api: ApiServer, metadata: Pod['metadata']): void {
  api.update('kueue', 'pods', metadata, pod => {
    const schedulingGates = (pod.spec.schedulingGates ?? []).filter(({ name }) => name !== KUEUE_GATE)
    return { ...pod, spec: { ...pod.spec, schedulingGates } }
  })
}

export function startDaemonSet(api: ApiServer): void {
  startActor(api, {
    name: 'daemonset-controller',
    watches: ['nodes'],
    delay: { leastMs: 10, mostMs: 1000 },
    reconcile: () => {
      for (const { metadata } of api.all('nodes')) {
        const target = { namespace: 'kube-system', name: `agent-${metadata.name}` }
        if (api.find('pods', target) === undefined) createAgent(api, target, metadata.name)
      }
    },
  })
}

function createAgent(api: ApiServer, target: { namespace: string; name: string }, nodeName: string): void {
  api.create('daemonset-controller', 'pods', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...target,
      ownerReferences: [
        { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'agent', uid: 'uid-0', controller: true },
      ],
    },
    spec: { nodeName, tolerations: [{ operator: 'Exists' }], containers: [{ name: 'agent' }] },
    status: { phase: 'Pending' },
  })
}
