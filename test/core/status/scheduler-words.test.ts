// Messages of kube-scheduler 1.35 (pkg/scheduler/framework/types.go, FitError) and what is kept of them.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { schedulerWords } from '../../../src/core/status/scheduler-words.ts'

const PREEMPTION = 'preemption: 0/4 nodes are available: 4 Preemption is not helpful for scheduling.'
const AFFINITY = "node(s) didn't match Pod's node affinity/selector"

const CASES: readonly (readonly [name: string, message: string, want: string])[] = [
  [
    'reasons without counts',
    `0/4 nodes are available: 1 Insufficient nvidia.com/gpu, 3 ${AFFINITY}. no new claims to deallocate, ${PREEMPTION}`,
    `Insufficient nvidia.com/gpu, ${AFFINITY}`,
  ],
  [
    'the same sentence whichever reason has more nodes',
    `0/13 nodes are available: 10 Insufficient nvidia.com/gpu, 1 Insufficient cpu, 2 ${AFFINITY}. ${PREEMPTION}`,
    `Insufficient cpu, Insufficient nvidia.com/gpu, ${AFFINITY}`,
  ],
  [
    'a taint stays whole',
    '0/1 nodes are available: 1 node(s) had untolerated taint(s) {a: b}.',
    'node(s) had untolerated taint(s) {a: b}',
  ],
  ['no nodes at all', 'no nodes available to schedule pods', 'no nodes available to schedule pods'],
  [
    'a volume that is missing',
    '0/2 nodes are available: persistentvolumeclaim "late" not found. not found',
    'persistentvolumeclaim "late" not found. not found',
  ],
  ['nothing', '', ''],
]

describe('schedulerWords', () => {
  for (const [name, message, want] of CASES) it(name, () => assert.equal(schedulerWords(message), want))
})
