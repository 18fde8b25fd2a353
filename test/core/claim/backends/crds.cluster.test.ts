// The claims of all back-ends before a real API server with the provisioners' own CRDs, CEL rules included.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import type { JsonObject } from '../../../../src/core/api/json.ts'
import type { ClaimBackend } from '../../../../src/core/claim/backends/backend.ts'
import { BACKENDS, backendFor } from '../../../../src/core/claim/backends/backends.ts'
import { describeWithControlPlane } from '../../../cluster/available.ts'
import { poll } from '../../../cluster/poll.ts'
import { CLAIM_CRDS, readCrd } from './crd.ts'
import { makeClaimRequest } from './make-claim-request.ts'

const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
const OTHER_CLASS = { group: 'karpenter.example.com', kind: 'ExampleNodeClass', name: 'gpu' }

interface Served extends JsonObject {
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] }
}

await describeWithControlPlane('claims and the real CRDs', { controllers: false }, plane => {
  before(async () => {
    for (const file of Object.values(CLAIM_CRDS)) {
      const crd = readCrd(file)
      await plane().request('POST', CRDS, crd)
      const path = `${CRDS}/${(crd['metadata'] as { name: string }).name}`
      await poll(`${path} is served`, 15_000, async () => {
        const { body } = await plane().request<Served>('GET', path)
        const conditions = body.status.conditions ?? []
        return conditions.some(({ type, status }) => type === 'Established' && status === 'True') || undefined
      })
    }
  })

  function create(backend: ClaimBackend, claim: JsonObject): Promise<{ status: number; body: JsonObject }> {
    const { group, version, resource } = backend
    return plane().request(
      'POST',
      `/apis/${group}/${version}/${resource}?dryRun=All&fieldValidation=Strict`,
      claim,
    )
  }

  for (const backend of [...BACKENDS, backendFor(OTHER_CLASS)]) {
    const kind = backend.nodeClassKind
    const nodeClass = kind && { group: kind.group, kind: kind.kind, name: 'default' }

    test(`${backend.name}: accepted as it is, and nothing of it changed`, async () => {
      const claim = backend.desiredClaim(
        makeClaimRequest({
          nodeClass,
          requirements: [
            { key: 'example.com/team', operator: 'In', values: ['a'] },
            { key: 'topology.kubernetes.io/zone', operator: 'NotIn', values: ['zone-3'] },
            { key: 'example.com/disk', operator: 'Exists', values: [] },
            { key: 'example.com/generation', operator: 'Gt', values: ['3'] },
          ],
          idleGraceMs: 1500,
        }),
      )
      const { status, body } = await create(backend, claim)
      assert.equal(status, 201, JSON.stringify(body))
      assert.deepEqual(body['spec'], claim['spec'])
      assert.partialDeepStrictEqual(body['metadata'], claim['metadata'])
    })
  }

  test('a claim without node class is refused by the API server, should it ever come to that', async () => {
    const backend = backendFor(undefined)
    const { status, body } = await create(backend, backend.desiredClaim(makeClaimRequest()))
    assert.equal(status, 422)
    assert.match(JSON.stringify(body['message']), /spec\.nodeClassRef: Required value/)
  })
})
