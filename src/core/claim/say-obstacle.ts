// Pipeline: claim. Why no claim is made for pods now: said of each, and where it lasts until somebody does something, in a notice.
import type { DemandedPod } from './demand.ts'
import { sayOnce, sayState, type Sentence, type Turn } from './turn.ts'

/** The same for all of these pods. Capacity comes and goes, and has notices of its own. */
export function sayObstacle(turn: Turn, pods: readonly DemandedPod[], sentence: Sentence): void {
  const { reason, message } = sentence
  for (const { pod, shape } of pods) {
    sayState(turn, pod, shape.workload.uid, sentence)
    if (reason !== 'WaitingForCapacity')
      sayOnce(turn, { type: 'Warning', reason, message, workloadUid: shape.workload.uid })
  }
}
