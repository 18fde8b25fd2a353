// Which Services a workload gets, and that nobody else's is ever touched.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { planCompanions, type CompanionPlan } from '../../../src/core/companion/plan-companions.ts'
import type { ObservedService, ObservedWorkload } from '../../../src/core/workload/observed.ts'
import { makeObservedWorkload } from './make-workload.ts'
import { makeService, observe } from './make-service.ts'

/** Ours as it was made, the same on its way out, or another one. */
type Service = 'ours' | 'ours, going' | Partial<ObservedService>
type Services = Readonly<Record<string, Service>>

function plan(workload: ObservedWorkload, services: Services = {}): CompanionPlan {
  const observed = Object.entries(services).map(([name, service]): [string, ObservedService] => [
    `${workload.namespace}/${name}`,
    typeof service === 'string'
      ? observe(makeService(workload, name, service === 'ours' ? {} : GOING))
      : { ...NEUTRAL, name, ...service },
  ])
  return planCompanions(workload, new Map(observed))
}

const GOING = { metadata: { deletionTimestamp: '2026-11-22T10:00:00Z' } }
const NEUTRAL = {
  uid: 'uid-other',
  namespace: 'default',
  resourceVersion: '1',
  createdAtMs: 0,
  ownerUids: [],
}

/** `create NAME`, `update UID`, `delete UID`, `notice`. */
function steps({ actions, notices }: CompanionPlan): readonly string[] {
  return [
    ...actions.map(action =>
      action.type === 'create-service'
        ? `create ${action.name}`
        : `${action.type.replace('-service', '')} ${action.service.uid}`,
    ),
    ...notices.map(({ reason }) => reason),
  ]
}

const group: Partial<ObservedWorkload> = {
  kind: 'StatefulSet',
  nodesPerReplica: 2,
  replicas: 2,
  serviceName: 'phi-4-mini-headless',
  podLabel: 'statefulset-phi-4-mini',
}

interface Case {
  readonly name: string
  readonly workload?: Partial<ObservedWorkload>
  readonly services?: Services
  readonly want: readonly string[]
}

const CASES: readonly Case[] = [
  { name: 'none yet', want: ['create phi-4-mini'] },
  { name: 'there is ours', services: { 'phi-4-mini': 'ours' }, want: [] },
  { name: 'there is somebody else’s', services: { 'phi-4-mini': {} }, want: ['ServiceExists'] },
  {
    name: 'there is one of a workload of that name from before',
    services: { 'phi-4-mini': { ownerUids: ['uid-0'] } },
    want: ['ServiceExists'],
  },
  {
    name: 'somebody else’s is on its way out',
    services: { 'phi-4-mini': { deletedAtMs: 1 } },
    want: [],
  },
  { name: 'not wanted, none there', workload: { service: false }, want: [] },
  {
    name: 'not wanted any more',
    workload: { service: false },
    services: { 'phi-4-mini': 'ours' },
    want: ['delete uid-phi-4-mini'],
  },
  {
    name: 'not wanted any more, and already going',
    workload: { service: false },
    services: { 'phi-4-mini': 'ours, going' },
    want: [],
  },
  {
    name: 'not wanted, there is somebody else’s',
    workload: { service: false },
    services: { 'phi-4-mini': {} },
    want: [],
  },
  {
    name: 'not wanted any more, but its user has taken it over',
    workload: { service: false },
    services: { 'phi-4-mini': { ownerUids: ['uid-1'] } },
    want: [],
  },
  {
    name: 'its user has taken it over',
    services: { 'phi-4-mini': { ownerUids: ['uid-1'] } },
    want: [],
  },
  { name: 'explicitly wanted', workload: { service: true }, want: ['create phi-4-mini'] },
  { name: 'a Job serves nothing', workload: { kind: 'Job', isInference: false }, want: [] },
  { name: 'the workload is being deleted', workload: { deletedAtMs: 1 }, want: [] },
  { name: 'not annotated any more, none there', workload: { annotated: false }, want: [] },
  {
    name: 'not annotated any more: clients may still call it',
    workload: { annotated: false },
    services: { 'phi-4-mini': 'ours' },
    want: [],
  },
  {
    name: 'a group of nodes',
    workload: group,
    want: ['create phi-4-mini-headless', 'create phi-4-mini'],
  },
  {
    name: 'a group of nodes, all there',
    workload: group,
    services: { 'phi-4-mini': 'ours', 'phi-4-mini-headless': 'ours' },
    want: [],
  },
  {
    name: 'a group of nodes with a headless Service of its user',
    workload: group,
    services: { 'phi-4-mini-headless': {} },
    want: ['create phi-4-mini', 'ServiceExists'],
  },
  {
    name: 'a group of nodes without a Service for clients',
    workload: { ...group, service: false },
    want: ['create phi-4-mini-headless'],
  },
  {
    name: 'a group of nodes whose headless Service has the name of the workload',
    workload: { ...group, serviceName: 'phi-4-mini' },
    want: ['create phi-4-mini', 'ServiceExists'],
  },
  {
    name: 'the same without a Service for clients: the headless one stays',
    workload: { ...group, serviceName: 'phi-4-mini', service: false },
    services: { 'phi-4-mini': 'ours' },
    want: [],
  },
  {
    name: 'one node a replica: the governing Service is the user’s affair',
    workload: { kind: 'StatefulSet', serviceName: 'governing' },
    want: ['create phi-4-mini'],
  },
  {
    name: 'a name that no Service may have',
    workload: { name: 'phi-3.5-mini' },
    want: ['create phi-3-5-mini'],
  },
]

describe('planCompanions', () => {
  for (const { name, workload, services, want } of CASES)
    it(name, () => assert.deepEqual(steps(plan(makeObservedWorkload(workload), services)), want))

  it('is done when what it asked for is there', () => {
    for (const { name, workload, services = {} } of CASES) {
      const observed = makeObservedWorkload(workload)
      const after = { ...services }
      for (const action of plan(observed, services).actions) {
        if (action.type === 'create-service') after[action.name] = 'ours'
        else if (action.type === 'delete-service') delete after[action.service.name]
      }
      assert.deepEqual(plan(observed, after).actions, [], name)
    }
  })

  it('makes a Service that leads to the pods of this workload only, and goes with it', () => {
    const [action] = plan(makeObservedWorkload({ serverPort: 8000 })).actions
    assert.deepEqual(action?.type === 'create-service' && action.object, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: {
        name: 'phi-4-mini',
        namespace: 'default',
        labels: {
          'app.kubernetes.io/managed-by': 'kaito-native',
          'kaito.sh/workload': 'deployment-phi-4-mini',
        },
        annotations: { 'kaito.sh/service-spec': '940b4774f2' },
        ownerReferences: [
          {
            apiVersion: 'apps/v1',
            kind: 'Deployment',
            name: 'phi-4-mini',
            uid: 'uid-1',
            controller: true,
            blockOwnerDeletion: false,
          },
        ],
      },
      spec: {
        selector: { app: 'phi', 'kaito.sh/workload': 'deployment-phi-4-mini' },
        ports: [{ name: 'http', port: 80, targetPort: 8000, protocol: 'TCP' }],
      },
    })
  })

  it('sends clients of a group to its leader, and lets its pods meet before they are ready', () => {
    const specs = plan(makeObservedWorkload(group)).actions.map(
      action => action.type === 'create-service' && action.object['spec'],
    )
    const selector = { app: 'phi', 'kaito.sh/workload': 'statefulset-phi-4-mini' }
    assert.deepEqual(specs, [
      {
        clusterIP: 'None',
        publishNotReadyAddresses: true,
        selector,
        ports: [{ name: 'http', port: 5000, targetPort: 5000, protocol: 'TCP' }],
      },
      {
        selector: { ...selector, 'apps.kubernetes.io/pod-index': '0' },
        ports: [{ name: 'http', port: 80, targetPort: 5000, protocol: 'TCP' }],
      },
    ])
  })
})
