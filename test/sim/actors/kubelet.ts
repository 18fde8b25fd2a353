// Simulator: the kubelets. Pods on living machines start, become ready, end (Jobs), and go when they are deleted; what is on
// a dead machine stays as it is.
import type { ApiServer } from '../api/api-server.ts'
import { formatTimestamp, isLeaving, isTrue, withCondition, type Pod } from '../api/objects.ts'
import { ifThere } from './actor.ts'
import type { Machines } from './machines.ts'
import { hasEnded } from './pods.ts'

const BY = 'kubelet'

interface Step {
  readonly delayMs: number
  readonly run: (pod: Pod) => void
}

export function startKubelets(api: ApiServer, machines: Machines): void {
  const { world } = api
  const random = world.random('kubelet')
  const coming = new Map<string, string>()
  const kick = (pod: Pod): void => {
    const next = nextStep(pod)
    if (next === undefined || pod.spec.nodeName === undefined) return
    const what = `${pod.metadata.uid} ${next.name}`
    if (coming.get(pod.metadata.uid) === what) return
    coming.set(pod.metadata.uid, what)
    world.after(next.step.delayMs, () => {
      if (coming.get(pod.metadata.uid) !== what) return
      coming.delete(pod.metadata.uid)
      const current = api.find('pods', pod.metadata)
      if (current?.metadata.uid !== pod.metadata.uid || !machines.isAlive(current.spec.nodeName ?? '')) return
      if (nextStep(current)?.name === next.name) next.step.run(current)
      else kick(current)
    })
  }
  const nextStep = (pod: Pod): { readonly name: string; readonly step: Step } | undefined => {
    const { phase } = pod.status
    if (isLeaving(pod))
      return pod.metadata.deletionGracePeriodSeconds === 0 && hasEnded(pod)
        ? undefined
        : { name: 'end', step: { delayMs: random.between(200, 4000), run: current => end(api, current) } }
    if (phase === 'Pending')
      return {
        name: 'start',
        step: { delayMs: random.between(300, 8000), run: current => start(api, current) },
      }
    if (phase !== 'Running') return undefined
    if (isOfJob(pod))
      return {
        name: 'complete',
        step: { delayMs: random.between(5000, 90_000), run: current => complete(api, current) },
      }
    if (isTrue(pod, 'Ready')) return undefined
    return {
      name: 'ready',
      step: { delayMs: random.between(500, 15_000), run: current => ready(api, current) },
    }
  }
  api.onChange(({ type, resource, object }) => {
    if (resource === 'pods' && type !== 'DELETED') kick(object as Pod)
  })
  machines.onChange((nodeName, isAlive) => {
    if (isAlive) for (const pod of api.all('pods')) if (pod.spec.nodeName === nodeName) kick(pod)
  })
}

function isOfJob({ metadata }: Pod): boolean {
  return metadata.ownerReferences?.[0]?.kind === 'Job'
}

function start(api: ApiServer, { metadata }: Pod): void {
  const startedAt = formatTimestamp(api.world.now())
  api.update(BY, 'pods', metadata, pod => ({
    ...pod,
    status: {
      ...pod.status,
      phase: 'Running',
      containerStatuses: [{ name: 'model', state: { running: { startedAt } } }],
    },
  }))
}

function ready(api: ApiServer, { metadata }: Pod): void {
  const time = formatTimestamp(api.world.now())
  api.update(BY, 'pods', metadata, pod => ({
    ...pod,
    status: {
      ...pod.status,
      conditions: withCondition(pod.status.conditions, { type: 'Ready', status: 'True' }, time),
    },
  }))
}

function complete(api: ApiServer, { metadata }: Pod): void {
  api.update(BY, 'pods', metadata, pod => ({ ...pod, status: { ...pod.status, phase: 'Succeeded' } }))
}

/** Its containers have ended; what has no finalizer is gone then. */
function end(api: ApiServer, pod: Pod): void {
  const target = { namespace: pod.metadata.namespace, name: pod.metadata.name }
  if (!hasEnded(pod))
    api.update(BY, 'pods', target, current => ({
      ...current,
      status: { ...current.status, phase: 'Failed' },
    }))
  ifThere(() => api.remove(BY, 'pods', target, { uid: pod.metadata.uid, graceSeconds: 0 }))
}
