// ReplicaSets, ControllerRevisions and Services: whose they are, and what the templates say of placement.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  projectReplicaSet,
  projectRevision,
  projectService,
} from '../../../src/core/claim/project-related.ts'
import { makeController, makeMetadata } from './make-objects.ts'

describe('a ReplicaSet', () => {
  it('leads to its Deployment', () => {
    const metadata = makeMetadata('r', {
      ownerReferences: [{ kind: 'X', uid: 'x' }, makeController('Deployment', 'd')],
    })
    assert.deepEqual(projectReplicaSet({ metadata }), {
      uid: 'uid-r',
      resourceVersion: '42',
      controller: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd', uid: 'uid-d' },
    })
  })

  it('may belong to nobody', () =>
    assert.deepEqual(projectReplicaSet({ metadata: makeMetadata('r') }), {
      uid: 'uid-r',
      resourceVersion: '42',
    }))
})

const PLACEMENT =
  '{"v":1,"instanceTypes":["Standard_NC24ads_A100_v4"],"gpusPerPod":1,"nodesPerReplica":1,"provisioning":"nodeclaim"}'
const template = { metadata: { annotations: { 'kaito.sh/placement': PLACEMENT } } }

describe('a template', () => {
  const ownerReferences = [makeController('StatefulSet', 's')]
  const metadata = makeMetadata('r', { ownerReferences })

  it('says where the pods of a ReplicaSet may go', () => {
    const placement = projectReplicaSet({ metadata, spec: { template } })?.placement
    assert.deepEqual(placement?.instanceTypes, ['Standard_NC24ads_A100_v4'])
  })

  it('says it in a ControllerRevision too', () => {
    const revision = projectRevision({ metadata, data: { spec: { template } } })
    assert.deepEqual(revision?.placement?.instanceTypes, ['Standard_NC24ads_A100_v4'])
    assert.equal(revision.ownerUid, 'uid-s')
    assert.equal(projectRevision({ metadata: makeMetadata('r') }), undefined)
  })
})

describe('a Service', () => {
  it('belongs to all of its owners', () => {
    const ownerReferences = [makeController('Deployment', 'd'), { kind: 'X', uid: 'x' }]
    const service = projectService({ metadata: makeMetadata('s', { ownerReferences }) })
    assert.deepEqual(service?.ownerUids, ['uid-d', 'x'])
    assert.equal(service.name, 's')
  })

  it('of ours is remembered with what it leads to, another one is not', () => {
    const spec = { selector: { app: 'a' }, ports: [{ port: 80, targetPort: 5000 }] }
    const annotations = { 'kaito.sh/service-spec': 'hash' }
    const ours = projectService({ metadata: makeMetadata('s', { annotations }), spec })
    assert.deepEqual(ours?.managed, { specHash: 'hash', ...spec })
    assert.equal(projectService({ metadata: makeMetadata('s'), spec })?.managed, undefined)
  })
})
