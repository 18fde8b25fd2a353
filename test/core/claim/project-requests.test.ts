// What a pod reserves: the numbers are those of kube-scheduler's own rules (see project-requests.ts).
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import type { JsonObject } from '../../../src/core/api/json.ts'
import { projectRequests } from '../../../src/core/claim/project-requests.ts'
import { makeContainer } from './make-objects.ts'

const SIDECAR = { restartPolicy: 'Always' }

interface Case {
  readonly name: string
  readonly spec: JsonObject
  readonly status?: JsonObject
  readonly want: Readonly<Record<string, number>>
}

const cpu = (name: string, amount: string, more: JsonObject = {}): JsonObject =>
  makeContainer(name, { cpu: amount }, more)

const CASES: readonly Case[] = [
  { name: 'nothing but its place', spec: { containers: [{ name: 'a' }] }, want: { pods: 1 } },
  {
    name: 'the sum of its containers',
    spec: {
      containers: [
        makeContainer('a', { cpu: '100m', 'nvidia.com/gpu': '1' }),
        makeContainer('b', { cpu: '1', memory: '1Gi' }),
      ],
    },
    want: { cpu: 1100, memory: 2 ** 30, 'nvidia.com/gpu': 1, pods: 1 },
  },
  {
    name: 'a larger init container, which runs alone',
    spec: { containers: [cpu('a', '1')], initContainers: [cpu('i', '3'), cpu('j', '2')] },
    want: { cpu: 3000, pods: 1 },
  },
  {
    name: 'a smaller init container',
    spec: { containers: [cpu('a', '1'), cpu('b', '1')], initContainers: [cpu('i', '1500m')] },
    want: { cpu: 2000, pods: 1 },
  },
  {
    name: 'resource by resource',
    spec: {
      containers: [makeContainer('a', { cpu: '1', memory: '1Gi' })],
      initContainers: [makeContainer('i', { cpu: '2', memory: '1Mi' })],
    },
    want: { cpu: 2000, memory: 2 ** 30, pods: 1 },
  },
  {
    name: 'a sidecar, which runs with the containers',
    spec: { containers: [cpu('a', '2')], initContainers: [cpu('s', '1', SIDECAR)] },
    want: { cpu: 3000, pods: 1 },
  },
  {
    name: 'an init container with the sidecars before it, not with the one after it',
    spec: {
      containers: [cpu('a', '1')],
      initContainers: [cpu('s', '1', SIDECAR), cpu('i', '5'), cpu('t', '2', SIDECAR)],
    },
    want: { cpu: 6000, pods: 1 },
  },
  {
    name: 'the containers with all sidecars, where that is more',
    spec: {
      containers: [cpu('a', '4')],
      initContainers: [cpu('s', '1', SIDECAR), cpu('i', '5'), cpu('t', '2', SIDECAR)],
    },
    want: { cpu: 7000, pods: 1 },
  },
  {
    name: 'the requests of the pod as a whole instead, where there are any',
    spec: {
      containers: [makeContainer('a', { cpu: '1', memory: '1Gi', 'nvidia.com/gpu': '1' })],
      resources: { requests: { cpu: '3' } },
    },
    want: { cpu: 3000, memory: 2 ** 30, 'nvidia.com/gpu': 1, pods: 1 },
  },
  {
    name: 'the overhead of its runtime class on top',
    spec: {
      containers: [cpu('a', '1')],
      initContainers: [cpu('i', '2')],
      overhead: { cpu: '250m', memory: '120Mi' },
    },
    want: { cpu: 2250, memory: 120 * 2 ** 20, pods: 1 },
  },
  {
    name: 'what it still has while it is being made smaller',
    spec: { containers: [cpu('a', '1')] },
    status: {
      containerStatuses: [
        { name: 'a', allocatedResources: { cpu: '2' }, resources: { requests: { cpu: '3' } } },
      ],
    },
    want: { cpu: 3000, pods: 1 },
  },
  {
    name: 'what it asks for while it is being made larger',
    spec: { containers: [cpu('a', '4')] },
    status: { containerStatuses: [{ name: 'a', allocatedResources: { cpu: '2' } }] },
    want: { cpu: 4000, pods: 1 },
  },
]

interface Container {
  readonly name: string
  readonly resources: { readonly requests: { readonly cpu: string } }
  readonly restartPolicy?: 'Always'
}

const arbitraryRequests = fc.nat(64).map(cores => ({ requests: { cpu: String(cores) } }))
const arbitraryContainer: fc.Arbitrary<Container> = fc.record({
  name: fc.constantFrom('a', 'b', 'c'),
  resources: arbitraryRequests,
})
const arbitraryInit: fc.Arbitrary<Container> = fc.record(
  {
    name: fc.constantFrom('a', 'b', 'c'),
    resources: arbitraryRequests,
    restartPolicy: fc.constant('Always'),
  },
  { requiredKeys: ['name', 'resources'] },
)

function millicores(containers: readonly Container[]): number {
  return containers.reduce((sum, { resources }) => sum + Number(resources.requests.cpu) * 1000, 0)
}

function sidecarsOf(containers: readonly Container[]): readonly Container[] {
  return containers.filter(({ restartPolicy }) => restartPolicy === 'Always')
}

describe('what a pod reserves', () => {
  for (const { name, spec, status = {}, want } of CASES)
    it(name, () => assert.deepEqual(projectRequests({ spec, status }), want))

  it('is the most that runs at any moment of its life', () =>
    fc.assert(
      fc.property(fc.array(arbitraryContainer), fc.array(arbitraryInit), (containers, initContainers) => {
        // JSON, as it comes from the wire: the interface has no index signature.
        const raw = JSON.parse(JSON.stringify({ spec: { containers, initContainers } })) as JsonObject
        const starting = initContainers.map((init, index) =>
          millicores([...sidecarsOf(initContainers.slice(0, index)), init]),
        )
        const running = millicores([...containers, ...sidecarsOf(initContainers)])
        assert.equal(projectRequests(raw)['cpu'] ?? 0, Math.max(running, ...starting))
      }),
    ))
})
