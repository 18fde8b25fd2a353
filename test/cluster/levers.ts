// The annotations by which a test moves KWOK's kubelets (kwok-stages.yaml). Durations are Go's (`10s`). Without them a pod
// starts and is ready at once, a Job's pod succeeds at once, nothing fails. All may be changed on a live object too.

/** For pods and pod templates. */
export const podLevers = {
  /** How long after its start a pod becomes ready. */
  readyDelay: 'pod-ready.stage.kwok.x-k8s.io/delay',
  /** How long after it is ready a Job's pod succeeds. */
  completeDelay: 'pod-complete.stage.kwok.x-k8s.io/delay',
  /** `true`: a Job's pod goes on running until the annotation is removed. */
  completeHold: 'pod-complete.stage.kwok.x-k8s.io/hold',
  /** A pod that is ready fails with this exit code, as a whole: for pods that are never restarted. */
  failExitCode: 'pod-fail.stage.kwok.x-k8s.io/exit-code',
  /** How long after it is ready such a pod fails. */
  failDelay: 'pod-fail.stage.kwok.x-k8s.io/delay',
} as const

/** For nodes: the condition Ready is Unknown, with the value as its message. */
export const nodeLost = 'node-lost.stage.kwok.x-k8s.io/message'

/** Nodes with `fake` here are KWOK's; Karpenter's KWOK provider sets it on its own. */
export const kwokNode = 'kwok.x-k8s.io/node'
