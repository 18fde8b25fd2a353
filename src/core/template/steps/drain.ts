// Pipeline: template. A pod that goes keeps serving until every proxy has forgotten it: endpoints are removed at the
// same time as the pod is told to stop, and not before (Kubernetes: "Termination of Pods").
import { isServer, type Step } from '../step.ts'

/** Long enough for endpoint changes to reach all nodes. */
export const DRAIN_SECONDS = 15
/** The drain plus the time for answers under way; only where the default (30) stood. */
const GRACE_SECONDS = 60

export const DRAIN: Step = {
  name: 'drain',
  footprint: [
    ['{container}', 'lifecycle', 'preStop'],
    ['{pod}', 'terminationGracePeriodSeconds'],
  ],
  edits: input =>
    !isServer(input) || input.shortGrace
      ? []
      : [
          {
            path: [...input.at.container, 'lifecycle', 'preStop'],
            value: { sleep: { seconds: DRAIN_SECONDS } },
          },
          { path: [...input.at.pod, 'terminationGracePeriodSeconds'], value: GRACE_SECONDS },
        ],
}
