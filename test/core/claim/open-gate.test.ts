// The patch that lets a pod go, applied by the jsonpatch package.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openGate } from '../../../src/core/claim/open-gate.ts'
import { makePod } from './builders.ts'
import { patched } from './model.ts'

const PIN = { key: 'kaito.sh/claim', value: 'kn1' }
const GPU_TAINT = { key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' }
const SKU_TAINT = { key: 'sku', operator: 'Equal', value: 'gpu', effect: 'NoSchedule' }

describe('openGate', () => {
  const everything = { operator: 'Exists' }
  const team = { key: 'team', operator: 'Exists' }
  const cases = [
    ['a bare pod', {}, [], { 'kaito.sh/claim': 'kn1' }, [GPU_TAINT, SKU_TAINT]],
    [
      'a node selector stays',
      { nodeSelector: { zone: 'a' } },
      [],
      { zone: 'a', 'kaito.sh/claim': 'kn1' },
      [GPU_TAINT, SKU_TAINT],
    ],
    [
      "the user's tolerations come first",
      { tolerations: [team] },
      [],
      pinOnly(),
      [team, GPU_TAINT, SKU_TAINT],
    ],
    [
      'what is there already is not added',
      { tolerations: [SKU_TAINT, GPU_TAINT] },
      [],
      pinOnly(),
      [SKU_TAINT, GPU_TAINT],
    ],
    ['who tolerates everything needs nothing', { tolerations: [everything] }, [], pinOnly(), [everything]],
    [
      "a GPU taint of the node's own with another effect",
      { tolerations: [GPU_TAINT, SKU_TAINT] },
      [
        { key: 'nvidia.com/gpu', value: 'present', effect: 'NoExecute' },
        { key: 'team', value: 'b', effect: 'NoSchedule' },
      ],
      pinOnly(),
      [GPU_TAINT, SKU_TAINT, { key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoExecute' }],
    ],
  ] as const
  for (const [name, overrides, taints, nodeSelector, tolerations] of cases)
    it(name, () => {
      const pod = makePod('p', 'w1', overrides)
      const after = patched(pod, openGate(pod, PIN, taints))
      assert.deepEqual([after.gates, after.nodeSelector, after.tolerations], [[], nodeSelector, tolerations])
    })

  it('does nothing while another gate is there', () => {
    const pod = makePod('p', 'w1', { gates: ['kaito.sh/waiting-for-node', 'other'] })
    assert.deepEqual(openGate(pod, PIN, []), [])
  })

  it('fails on a pod that has changed, or whose gate is no longer ours', () => {
    const pod = makePod('p', 'w1')
    const operations = openGate(pod, PIN, [])
    assert.throws(() => patched({ ...pod, resourceVersion: '8' }, operations))
    assert.throws(() => patched({ ...pod, gates: ['kueue.x-k8s.io/admission'] }, operations))
  })
})

function pinOnly() {
  return { 'kaito.sh/claim': 'kn1' }
}
