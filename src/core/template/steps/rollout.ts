// Pipeline: template. Rollout parameters that need no spare GPU node and wait as long as a node and a model need. Only
// where the API server's defaults stand, which cannot work here: a surge pod would wait for a GPU that the pod to be
// replaced holds, and ten minutes are shorter than a machine's launch plus a model's download.
import type { Step } from '../step.ts'

/** The scheduler's default launch budget for one attempt (`--launch-budget 20m`). */
export const LAUNCH_BUDGET_SECONDS = 1200
/** Image pull and scheduling: what the default of Kubernetes allows for all of it. */
const SLACK_SECONDS = 600

/** Seconds without progress after which a Deployment counts as failed. */
export function progressDeadlineSeconds(startupSeconds: number): number {
  return LAUNCH_BUDGET_SECONDS + Math.ceil(startupSeconds) + SLACK_SECONDS
}

export const ROLLOUT: Step = {
  name: 'rollout',
  footprint: [
    ['spec', 'strategy', 'rollingUpdate', 'maxSurge'],
    ['spec', 'strategy', 'rollingUpdate', 'maxUnavailable'],
    ['spec', 'progressDeadlineSeconds'],
  ],
  edits: input => {
    if (!input.kind.rollsOut) return []
    const deadline = {
      path: ['spec', 'progressDeadlineSeconds'],
      value: progressDeadlineSeconds(input.revision.startupSeconds),
    }
    if (!input.defaultStrategy) return [deadline]
    const rollingUpdate = ['spec', 'strategy', 'rollingUpdate']
    return [
      { path: [...rollingUpdate, 'maxSurge'], value: 0 },
      { path: [...rollingUpdate, 'maxUnavailable'], value: 1 },
      deadline,
    ]
  },
}
