// Raw nodes → what the planner sees.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { JsonObject } from '../../../src/core/api/json.ts'
import { projectNode } from '../../../src/core/claim/project-node.ts'
import { makeMetadata } from './make-objects.ts'

function makeNode(conditions: readonly JsonObject[], spec: JsonObject = {}): JsonObject {
  const status = { allocatable: { cpu: '3920m', memory: '16Gi', 'nvidia.com/gpu': '4' }, conditions }
  return { metadata: makeMetadata('n', { namespace: '', labels: { a: 'b' } }), spec, status }
}

const SINCE = { lastTransitionTime: '2026-11-22T10:05:00Z' }

describe('a node', () => {
  it('is what is decided by', () => {
    const taints = [{ key: 'sku', value: 'gpu', effect: 'NoSchedule', timeAdded: '2026-11-22T10:00:00Z' }]
    const spec = { taints, unschedulable: true }
    assert.deepEqual(projectNode(makeNode([{ type: 'Ready', status: 'True', ...SINCE }], spec)), {
      uid: 'uid-n',
      namespace: '',
      name: 'n',
      resourceVersion: '42',
      createdAtMs: Date.parse('2026-11-22T10:00:00Z'),
      labels: { a: 'b' },
      taints: [{ key: 'sku', value: 'gpu', effect: 'NoSchedule' }],
      allocatable: { cpu: 3920, memory: 16 * 2 ** 30, 'nvidia.com/gpu': 4 },
      ready: true,
      cordoned: true,
    })
  })

  for (const status of ['False', 'Unknown']) {
    it(`is not ready since it has been ${status}`, () => {
      const node = projectNode(makeNode([{ type: 'Ready', status, ...SINCE }]))
      assert.equal(node?.ready, false)
      assert.equal(node.notReadySinceMs, Date.parse(SINCE.lastTransitionTime))
    })
  }

  it('has not been ready since it exists, while it says nothing', () => {
    const node = projectNode(makeNode([{ type: 'MemoryPressure', status: 'False', ...SINCE }]))
    assert.equal(node?.notReadySinceMs, Date.parse('2026-11-22T10:00:00Z'))
  })
})
