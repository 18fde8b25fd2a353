import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRequestCounter, formatCounts, readsOf, totalOf, writesOf } from './request-counts.ts'

const CASES: readonly { asked: string; isWatch?: boolean; counts: 'write' | 'read' | 'neither' }[] = [
  { asked: 'POST /apis/karpenter.sh/v1/nodeclaims', counts: 'write' },
  { asked: 'DELETE /apis/karpenter.sh/v1/nodeclaims/kn1', counts: 'write' },
  { asked: 'PATCH /api/v1/namespaces/team/pods/model-0', counts: 'write' },
  { asked: 'POST /api/v1/namespaces/team/pods/model-0/eviction', counts: 'write' },
  { asked: 'PATCH /apis/apps/v1/namespaces/team/deployments/model/status', counts: 'write' },
  { asked: 'POST /api/v1/namespaces/team/events', counts: 'neither' },
  {
    asked: 'PUT /apis/coordination.k8s.io/v1/namespaces/kaito-system/leases/kaito-native',
    counts: 'neither',
  },
  {
    asked: 'GET /apis/coordination.k8s.io/v1/namespaces/kaito-system/leases/kaito-native',
    counts: 'neither',
  },
  { asked: 'GET /api/v1/pods', counts: 'read' },
  { asked: 'GET /api/v1/pods', isWatch: true, counts: 'neither' },
  { asked: 'GET /api/v1/namespaces/team/pods/model-0', counts: 'read' },
  { asked: 'GET /apis/karpenter.sh/v1/nodeclaims/kn1', counts: 'read' },
  { asked: 'GET /apis', counts: 'neither' },
  { asked: 'GET /apis/karpenter.sh/v1', counts: 'neither' },
  { asked: 'GET /apis/karpenter.kwok.sh/v1alpha1/kwoknodeclasses', counts: 'neither' },
  { asked: 'GET /api/v1/namespaces/kaito-system/configmaps', counts: 'neither' },
]

for (const { asked, isWatch = false, counts } of CASES)
  test(`${asked}${isWatch ? ' (a watch)' : ''} counts as ${counts}`, () => {
    const counter = createRequestCounter()
    const [method = '', path = ''] = asked.split(' ')
    counter.note({ method, path, isWatch, body: null })
    const taken = counter.take()
    const want = { write: [1, 0], read: [0, 1], neither: [0, 0] }[counts]
    assert.deepEqual([totalOf(writesOf(taken)), totalOf(readsOf(taken))], want, formatCounts(taken))
    assert.equal(totalOf(counter.take()), 0)
  })
