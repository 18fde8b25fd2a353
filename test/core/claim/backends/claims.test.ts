// What each back-end makes of one and the same request: compared with claims/*.yaml, which people have read, and checked
// against the CRDs of the provisioners.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { parse } from 'yaml'
import { objectAt, stringAt, type Json, type JsonObject } from '../../../../src/core/api/json.ts'
import type { ClaimRequest } from '../../../../src/core/claim/backends/backend.ts'
import { BACKENDS, backendFor } from '../../../../src/core/claim/backends/backends.ts'
import { CLAIM_CRDS, createCrdCheck } from './crd.ts'
import { makeClaimRequest } from './make-claim-request.ts'

const OTHER_CLASS = { group: 'karpenter.example.com', kind: 'ExampleNodeClass', name: 'gpu' }
const ALL = [...BACKENDS, backendFor(OTHER_CLASS)]
const STOCK = ALL.filter(({ choosesInstanceType }) => choosesInstanceType)
const CHECKS = {
  NodeClaim: createCrdCheck(CLAIM_CRDS.NodeClaim),
  Machine: createCrdCheck(CLAIM_CRDS.Machine),
}
const GOLDEN = new URL('./claims/', import.meta.url)
const LABEL_VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9])?$/

const ASKED_FOR = makeClaimRequest({
  requirements: [
    { key: 'example.com/team', operator: 'In', values: ['a'] },
    { key: 'topology.kubernetes.io/zone', operator: 'NotIn', values: ['zone-3'] },
    { key: 'karpenter.sh/capacity-type', operator: 'In', values: ['spot'] },
  ],
  idleGraceMs: 900_000,
})

function requestFor(backend: (typeof ALL)[number], request: ClaimRequest): ClaimRequest {
  const kind = backend.nodeClassKind
  const nodeClass = kind && { group: kind.group, kind: kind.kind, name: 'gpu' }
  return { ...request, nodeClass }
}

function specOf(claim: JsonObject): { readonly requirements: readonly JsonObject[]; requests: JsonObject } {
  const spec = objectAt(claim, 'spec')
  const requirements = spec['requirements'] as readonly JsonObject[]
  return { requirements, requests: objectAt(objectAt(spec, 'resources'), 'requests') }
}

function gibOf(quantity: Json | undefined): number {
  return Number(/^(\d+)Gi$/.exec(typeof quantity === 'string' ? quantity : '')?.[1])
}

const arbitraryRequest: fc.Arbitrary<ClaimRequest> = fc.record({
  name: fc.stringMatching(/^kn[0-9a-f]{9}$/),
  instanceTypes: fc.uniqueArray(fc.stringMatching(/^[a-z][a-z0-9.]{0,20}[a-z]$/), {
    minLength: 1,
    maxLength: 20,
  }),
  requests: fc.dictionary(
    fc.constantFrom('cpu', 'memory', 'nvidia.com/gpu', 'ephemeral-storage', 'pods', 'hugepages-2Mi'),
    fc.double({ min: 0, max: 2 ** 45, noNaN: true }),
  ),
  storageGiB: fc.double({ min: 0, max: 4000, noNaN: true }),
  shape: fc.stringMatching(/^[0-9a-f]{16}$/),
  requirements: fc.array(
    fc.oneof(
      fc.record({
        key: fc.constantFrom('example.com/team', 'topology.kubernetes.io/zone', 'kubernetes.io/arch', 'disk'),
        operator: fc.constantFrom('In', 'NotIn'),
        values: fc.array(fc.constantFrom('a', 'amd64', 'b.c'), { minLength: 1, maxLength: 3 }),
      }),
      fc.record({
        key: fc.constantFrom('example.com/team', 'karpenter.sh/capacity-type'),
        operator: fc.constantFrom('Exists', 'DoesNotExist'),
        values: fc.constant([]),
      }),
    ),
    { maxLength: 5 },
  ),
  nodeClass: fc.constant(undefined),
  workload: fc.record({
    kind: fc.constantFrom('Deployment', 'StatefulSet', 'Job'),
    namespace: fc.stringMatching(/^[a-z][a-z0-9-]{0,60}[a-z]$/),
    name: fc.stringMatching(/^[a-z]([a-z0-9.-]{0,200}[a-z0-9])?$/),
    uid: fc.uuid(),
  }),
  idleGraceMs: fc.option(fc.nat(), { nil: undefined }),
})

describe('what a back-end makes of a request', () => {
  for (const backend of ALL) {
    const golden = parse(readFileSync(new URL(`${backend.name}.yaml`, GOLDEN), 'utf8')) as JsonObject

    it(`${backend.name}: is what ${backend.name}.yaml says`, () =>
      assert.deepEqual(backend.desiredClaim(requestFor(backend, ASKED_FOR)), golden))

    it(`${backend.name}: is what the CRD accepts, whatever is asked for`, () =>
      fc.assert(
        fc.property(arbitraryRequest, request => {
          const claim = backend.desiredClaim(requestFor(backend, request))
          assert.deepEqual(CHECKS[backend.kind](claim), [])
        }),
      ))

    it(`${backend.name}: can be found again, and is not disrupted`, () =>
      fc.assert(
        fc.property(arbitraryRequest, request => {
          const claim = backend.desiredClaim(requestFor(backend, request))
          const { name, labels, annotations } = objectAt(claim, 'metadata')
          const { workload } = request
          assert.equal(name, request.name)
          assert.partialDeepStrictEqual(labels, {
            'kaito.sh/claim': request.name,
            'kaito.sh/workload-namespace': workload.namespace,
            'kaito.sh/workload-uid': workload.uid,
          })
          for (const value of Object.values(labels as object)) assert.match(String(value), LABEL_VALUE)
          assert.partialDeepStrictEqual(annotations, { 'karpenter.sh/do-not-disrupt': 'true' })
        }),
      ))
  }

  it('has no golden file too many', () =>
    assert.deepEqual(readdirSync(GOLDEN).toSorted(), ALL.map(({ name }) => `${name}.yaml`).toSorted()))

  it('would be refused with a field that the CRD does not know', () => {
    const claim = STOCK[0]?.desiredClaim(requestFor(STOCK[0], ASKED_FOR)) ?? {}
    const spec = { ...objectAt(claim, 'spec'), expireafter: 'Never' }
    assert.deepEqual(CHECKS.NodeClaim({ ...claim, spec }), ['/spec must NOT have additional properties'])
  })

  it('has the nodes expire never', () => {
    for (const backend of ALL.filter(({ api }) => api === 'nodeclaim'))
      assert.equal(objectAt(backend.desiredClaim(ASKED_FOR), 'spec')['expireAfter'], 'Never', backend.name)
  })
})

describe('Karpenter’s own providers', () => {
  for (const backend of STOCK) {
    it(`${backend.name}: no label of a node pool, no resource "storage", the GPUs among the requests`, () => {
      const claim = backend.desiredClaim(requestFor(backend, ASKED_FOR))
      const labels = objectAt(objectAt(claim, 'metadata'), 'labels')
      assert.equal(labels['karpenter.sh/nodepool'], undefined)
      assert.equal(specOf(claim).requests['storage'], undefined)
      assert.equal(specOf(claim).requests['nvidia.com/gpu'], '2')
    })

    it(`${backend.name}: spot only where the pods say so`, () => {
      const claim = backend.desiredClaim(requestFor(backend, makeClaimRequest()))
      const capacity = specOf(claim).requirements.find(({ key }) => key === 'karpenter.sh/capacity-type')
      assert.ok(Array.isArray(capacity?.['values']) && !capacity['values'].includes('spot'))
    })

    it(`${backend.name}: sees to every requirement`, () =>
      assert.equal(backend.unsupportedRequirements, undefined))
  }

  it('take the larger of the pods’ storage and the model’s', () => {
    const [backend] = STOCK
    const requests = (storageGiB: number): unknown =>
      backend &&
      specOf(
        backend.desiredClaim(
          makeClaimRequest({ storageGiB, requests: { 'ephemeral-storage': 100 * 2 ** 30 } }),
        ),
      ).requests['ephemeral-storage']
    assert.equal(requests(87), '100Gi')
    assert.equal(requests(101), '101Gi')
  })
})

describe('gpu-provisioner', () => {
  const backends = ALL.filter(({ unsupportedRequirements }) => unsupportedRequirements !== undefined)

  it('is NodeClaims and Machines', () =>
    assert.deepEqual(
      backends.map(({ kind }) => kind),
      ['NodeClaim', 'Machine'],
    ))

  for (const backend of backends) {
    it(`${backend.kind}: names one instance type, the first`, () => {
      const types = specOf(backend.desiredClaim(ASKED_FOR)).requirements[0]
      assert.deepEqual(types?.['values'], ['Standard_NC48ads_A100_v4'])
    })

    it(`${backend.kind}: a workspace that no KAITO takes for its own, whatever the workload is called`, () =>
      fc.assert(
        fc.property(arbitraryRequest, request => {
          const labels = objectAt(objectAt(backend.desiredClaim(request), 'metadata'), 'labels')
          assert.match(stringAt(labels, 'kaito.sh/workspace') ?? '', /^native-/)
          assert.equal(labels['kaito.sh/workspacenamespace'], undefined)
        }),
      ))

    it(`${backend.kind}: says what it cannot see to`, () =>
      assert.deepEqual(backend.unsupportedRequirements?.(ASKED_FOR.requirements), [
        'gpu-provisioner cannot honour topology.kubernetes.io/zone NotIn zone-3',
        'gpu-provisioner cannot honour karpenter.sh/capacity-type In spot',
      ]))

    it(`${backend.kind}: has nothing against what is so anyway`, () =>
      assert.deepEqual(
        backend.unsupportedRequirements?.([
          { key: 'kubernetes.io/os', operator: 'In', values: ['linux'] },
          { key: 'kubernetes.io/arch', operator: 'In', values: ['arm64', 'amd64'] },
          { key: 'node.kubernetes.io/instance-type', operator: 'In', values: ['x', 'y'] },
        ]),
        [],
      ))

    it(`${backend.kind}: but against another processor, and labels that nobody can give`, () =>
      assert.equal(
        backend.unsupportedRequirements?.([
          { key: 'kubernetes.io/arch', operator: 'In', values: ['arm64'] },
          { key: 'node-restriction.kubernetes.io/x', operator: 'In', values: ['y'] },
          { key: 'kubernetes.azure.com/mode', operator: 'In', values: ['user'] },
          { key: 'example.com/team', operator: 'Exists', values: [] },
        ]).length,
        4,
      ))

    it(`${backend.kind}: gives the node the labels that the pods want`, () =>
      assert.equal(
        objectAt(objectAt(backend.desiredClaim(ASKED_FOR), 'metadata'), 'labels')['example.com/team'],
        'a',
      ))
  }

  it('always asks for a disk, in whole GiB', () =>
    fc.assert(
      fc.property(arbitraryRequest, request => {
        const [nodeClaim] = backends
        const { requests } = specOf(nodeClaim?.desiredClaim(request) ?? {})
        assert.deepEqual(Object.keys(requests), ['storage'])
        const gib = gibOf(requests['storage'])
        assert.ok(gib >= request.storageGiB && gib > 0)
      }),
    ))

  it('gets a number of bytes from a Machine that is 0 in 32 bits: the default disk', () =>
    fc.assert(
      fc.property(arbitraryRequest, request => {
        const { requests } = specOf(backends[1]?.desiredClaim(request) ?? {})
        const gib = gibOf(requests['storage'])
        assert.equal(BigInt.asIntN(32, BigInt(gib) * 2n ** 30n), 0n)
        assert.ok(gib >= request.storageGiB)
      }),
    ))
})
