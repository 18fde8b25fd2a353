// The CustomResourceDefinition on a real API server: it takes what the parser takes and refuses what it refuses, so that
// `validate` and admission never disagree with `kubectl apply`.
import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import { describeWithControlPlane } from '../cluster/available.ts'
import { makePolicy } from '../core/policy/make-policy.ts'
import { POLICY_CASES } from '../core/policy/policy-cases.ts'
import { applyPolicyCrd, POLICIES } from '../kube/policy-crd.ts'

await describeWithControlPlane('the CRD of PresetPolicy', { controllers: false }, plane => {
  before(() => applyPolicyCrd(plane()))

  for (const { name, spec, field } of POLICY_CASES)
    it(`${field === undefined ? 'accepts' : 'refuses'} ${name}`, async () => {
      const path = `${POLICIES}?dryRun=All&fieldValidation=Strict`
      const { status, body } = await plane().request('POST', path, makePolicy(spec))
      assert.equal(status < 300, field === undefined, JSON.stringify(body))
    })

  it('prints columns, knows a short name and a category, and has a status of its own', async () => {
    const created = await plane().request('POST', POLICIES, makePolicy({}))
    assert.equal(created.status, 201)
    const patched = await plane().request<{ spec: object; status: object }>(
      'PATCH',
      `${POLICIES}/team-a/status`,
      { spec: { enforcement: 'Warn' }, status: { namespaces: 3, gpus: 2 } },
      'application/merge-patch+json',
    )
    assert.deepEqual(patched.body.spec, { enforcement: 'Deny' })
    for (const name of ['ppol', 'kaito']) {
      const { stdout } = await plane().kubectl(['get', name])
      const [head = '', row = ''] = stdout.split('\n')
      assert.match(head, /^NAME +ENFORCEMENT +READY +NAMESPACES +WORKLOADS +GPUS +NODES +HELD +AGE$/)
      assert.match(row, /^(presetpolicy.policy.kaito.sh\/)?team-a +Deny +3 +2 /)
    }
  })
})
