// Pipeline: claim. Labels and annotations of claims. Karpenter and gpu-provisioner copy the labels to the node: the pin of
// a pod is the first of them.

/** Name of the claim; on the node too, where pods are pinned by it. */
export const CLAIM_LABEL = 'kaito.sh/claim'
/** Of the workload that it was made for. */
export const WORKLOAD_NAMESPACE_LABEL = 'kaito.sh/workload-namespace'
/** Of the workload that it was made for. */
export const WORKLOAD_UID_LABEL = 'kaito.sh/workload-uid'
/** Since when nothing runs on it (RFC 3339). */
export const IDLE_SINCE_ANNOTATION = 'kaito.sh/idle-since'
/** How long it is kept then (a Go duration), where the workload said so. */
export const IDLE_GRACE_ANNOTATION = 'kaito.sh/idle-grace'
/** Hash of what the pods need that it was made for. */
export const SHAPE_ANNOTATION = 'kaito.sh/shape'
