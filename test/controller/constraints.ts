// What pods ask for beyond labels and resources: host ports, spread over nodes, a volume that is somewhere else. What planning
// does not know must at least never buy machine after machine.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stringAt, type JsonObject } from '../../src/core/api/json.ts'
import { nameOf } from '../admission/api.ts'
import { gatesOf, isReady, namesOf, nodeNameOf, nodeOfClaim, uidOf } from './eyes.ts'
import { makeOwnNode } from './held-back.ts'
import type { Cluster } from './suite.ts'
import { makeDeployment } from './workloads.ts'

const PORT = 9000

export function defineConstraints(cluster: () => Cluster): void {
  let stuck: string

  test('a volume in a zone of its own: kube-scheduler’s words are in the condition', async () => {
    const { create, createNamespace, kubectl, untilReason, pods, claimsOf } = cluster()
    await createNamespace('elsewhere')
    for (const object of makeVolume('elsewhere')) await kubectl(['apply', '-f', '-'], JSON.stringify(object))
    const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }]
    const annotations = { 'kaito.sh/instance-type': 'Standard_NC80adis_H100_v5' }
    await create('elsewhere', makeDeployment('model', { annotations, pod: { volumes } }))
    const found = await untilReason(
      'elsewhere',
      'Deployment',
      'model',
      'kaito.sh/ResourceReady',
      'Unschedulable',
    )
    assert.match(stringAt(found, 'message') ?? '', /volume|PersistentVolume/i)
    const [pod] = await pods('elsewhere')
    assert.ok(pod !== undefined)
    assert.deepEqual(gatesOf(pod), [])
    stuck = uidOf(pod)
    assert.equal((await claimsOf('elsewhere')).length, 1)
  })

  test('a free node on which somebody has the host port of a pod is not for it', async () => {
    const { create, createNamespace, until, pods, claimFor } = cluster()
    const instanceType = 'Standard_NC48ads_A100_v4'
    await createNamespace('ports')
    await makeOwnNode(cluster(), { name: 'ports-1', instanceType, gpus: 2 })
    const ports = [{ containerPort: PORT, hostPort: PORT }]
    const containers = [{ name: 'agent', image: 'example.test/agent:1', ports }]
    const spec = { nodeName: 'ports-1', containers }
    await create('ports', { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'agent' }, spec })
    await until('the agent runs', async () => ((await pods('ports')).every(isReady) ? true : undefined))
    const model = { name: 'model', ports, resources: { limits: { 'nvidia.com/gpu': '2' } } }
    const annotations = { 'kaito.sh/instance-type': instanceType }
    await create('ports', makeDeployment('model', { annotations, pod: { containers: [model] } }))
    const found = await until('the model runs', async () =>
      (await pods('ports')).find(pod => nameOf(pod) !== 'agent' && isReady(pod)),
    )
    assert.notEqual(nodeNameOf(found), 'ports-1')
    assert.equal(nodeNameOf(found), nodeOfClaim(await claimFor(found)))
  })

  test('pods that are to be spread over nodes run, and are not waited for in vain', async () => {
    const { create, createNamespace, untilRunning, claimsOf } = cluster()
    await createNamespace('spread')
    const topologySpreadConstraints = [
      {
        maxSkew: 1,
        topologyKey: 'kubernetes.io/hostname',
        whenUnsatisfiable: 'DoNotSchedule',
        labelSelector: { matchLabels: { app: 'model' } },
      },
    ]
    const annotations = { 'kaito.sh/instance-type': 'Standard_ND96asr_A100_v4' }
    const pod = { topologySpreadConstraints }
    await create('spread', makeDeployment('model', { annotations, replicas: 2, pod }))
    await untilRunning('spread', 2)
    assert.ok((await claimsOf('spread')).length <= 2)
  })

  test('meanwhile no other machine was bought for the volume, and its pod was left alone', async () => {
    const { pods, claimsOf } = cluster()
    assert.deepEqual((await pods('elsewhere')).map(uidOf), [stuck])
    assert.equal(namesOf(await claimsOf('elsewhere')).length, 1)
  })
}

/** Bound to its claim, and in a zone that no node has. */
function makeVolume(namespace: string): readonly JsonObject[] {
  const size = { storage: '1Gi' }
  const shared = { accessModes: ['ReadWriteOnce'], storageClassName: '' }
  const zone = { key: 'topology.kubernetes.io/zone', operator: 'In', values: ['zone-elsewhere'] }
  const nodeAffinity = { required: { nodeSelectorTerms: [{ matchExpressions: [zone] }] } }
  return [
    {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: 'elsewhere' },
      spec: {
        ...shared,
        capacity: size,
        claimRef: { namespace, name: 'data' },
        local: { path: '/data' },
        nodeAffinity,
      },
    },
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { namespace, name: 'data' },
      spec: { ...shared, volumeName: 'elsewhere', resources: { requests: size } },
    },
  ]
}
