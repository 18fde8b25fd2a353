// Simulator: the Job controller in small: parallelism and completions, a finalizer on each pod until it is counted, no
// back-off, and the podFailurePolicy that kaito-native injects (disruptions are ignored). With such a policy a pod is
// replaced only when it is gone: https://kubernetes.io/docs/concepts/workloads/controllers/job/#pod-replacement-policy
import type { ApiServer } from '../api/api-server.ts'
import { formatTimestamp, isLeaving, isTrue, withCondition, type Pod, type Workload } from '../api/objects.ts'
import { ifThere, startActor } from './actor.ts'
import { createPod, hasEnded, podsOf, referenceTo } from './pods.ts'

const BY = 'job-controller'
const TRACKING = 'batch.kubernetes.io/job-tracking'

export function startJobs(api: ApiServer): void {
  const random = api.world.random('job pod names')
  startActor(api, {
    name: BY,
    watches: ['jobs', 'pods'],
    delay: { leastMs: 5, mostMs: 500 },
    reconcile: () => {
      for (const job of api.all('jobs')) reconcile(api, job, () => random.below(36 ** 5).toString(36))
      for (const pod of api.all('pods')) if (isOrphan(api, pod)) untrack(api, pod)
    },
  })
}

function isOrphan(api: ApiServer, pod: Pod): boolean {
  const owner = pod.metadata.ownerReferences?.[0]
  return owner?.kind === 'Job' && isTracked(pod) && api.byUid('jobs', owner.uid) === undefined
}

export function isOver(job: Workload): boolean {
  return isTrue(job, 'Complete') || isTrue(job, 'Failed')
}

function reconcile(api: ApiServer, job: Workload, suffix: () => string): void {
  const counted = countEnded(api, job)
  const current = counted ?? job
  const living = podsOf(api, job.metadata.uid).filter(isTracked)
  if (isLeaving(job) || isOver(current) || job.spec.suspend === true) {
    for (const { metadata } of living.filter(pod => !isLeaving(pod)))
      ifThere(() => api.remove(BY, 'pods', metadata))
    return
  }
  const { parallelism = 1, completions = 1 } = job.spec
  const wanted = Math.min(parallelism, completions - (current.status.succeeded ?? 0))
  const { namespace = '', name } = job.metadata
  for (let missing = wanted - living.length; missing > 0; missing -= 1)
    createPod(api, BY, namespace, job.spec.template, {
      name: `${name}-${suffix()}`,
      owner: referenceTo(job),
      finalizers: [TRACKING],
    })
}

function isTracked({ metadata }: Pod): boolean {
  return metadata.finalizers?.includes(TRACKING) === true
}

/** A pod that was deleted before a kubelet had it has ended as well. */
function isThrough(pod: Pod): boolean {
  return hasEnded(pod) || (isLeaving(pod) && pod.metadata.deletionGracePeriodSeconds === 0)
}

function countEnded(api: ApiServer, job: Workload): Workload | undefined {
  const through = podsOf(api, job.metadata.uid).filter(pod => isTracked(pod) && isThrough(pod))
  const succeeded =
    (job.status.succeeded ?? 0) + through.filter(({ status }) => status.phase === 'Succeeded').length
  const failures = through.filter(pod => pod.status.phase !== 'Succeeded' && !isTrue(pod, 'DisruptionTarget'))
  const isCounting = !isLeaving(job) && !isOver(job) && job.spec.suspend !== true
  const failed = (job.status.failed ?? 0) + (isCounting ? failures.length : 0)
  const written = isCounting ? writeStatus(api, job, succeeded, failed) : undefined
  for (const pod of through) untrack(api, pod)
  return written
}

function untrack(api: ApiServer, { metadata }: Pod): void {
  ifThere(() =>
    api.update(BY, 'pods', metadata, pod => ({
      ...pod,
      metadata: {
        ...pod.metadata,
        finalizers: (pod.metadata.finalizers ?? []).filter(one => one !== TRACKING),
      },
    })),
  )
}

function writeStatus(api: ApiServer, job: Workload, succeeded: number, failed: number): Workload {
  const { completions = 1, backoffLimit = 0 } = job.spec
  const type = succeeded >= completions ? 'Complete' : failed > backoffLimit ? 'Failed' : undefined
  const { status } = job
  if (type === undefined && (status.succeeded ?? 0) === succeeded && (status.failed ?? 0) === failed)
    return job
  const time = formatTimestamp(api.world.now())
  const conditions =
    type === undefined
      ? status.conditions
      : withCondition(status.conditions, { type, status: 'True', reason: 'Ended', message: '' }, time)
  return api.update(BY, 'jobs', job.metadata, current => ({
    ...current,
    status: { ...current.status, succeeded, failed, ...(conditions !== undefined && { conditions }) },
  }))
}
