// Pipeline: status. What kube-scheduler says of a pod that it cannot place, without its counts of nodes: they change
// whenever a node comes or goes, and a condition is written whenever its message changes.

/** `0/5 nodes are available: 1 Insufficient nvidia.com/gpu, 4 node(s) …. preemption: …` → its reasons, in a fixed order. */
export function schedulerWords(message: string): string {
  const [reasons = ''] = message.split(/\. (?:no new claims|preemption:)/)
  const counted = reasons.match(/^\d+\/\d+ nodes are available: (.*?)\.?$/s)?.[1]
  if (counted === undefined) return message
  return counted
    .split(/, (?=\d+ )/)
    .map(reason => reason.replace(/^\d+ /, ''))
    .toSorted()
    .join(', ')
}
