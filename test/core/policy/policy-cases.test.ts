// The table that the CRD on a real API server is held against (test/manifests), held against the parser.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parsePolicy } from '../../../src/core/policy/parse-policy.ts'
import { makePolicy } from './make-policy.ts'
import { POLICY_CASES } from './policy-cases.ts'

describe('parsePolicy, as the CRD', () => {
  for (const { name, spec, field } of POLICY_CASES)
    it(`${field === undefined ? 'accepts' : 'refuses'} ${name}`, () => {
      const parsed = parsePolicy(makePolicy(spec))
      assert.deepEqual(
        parsed.ok ? undefined : parsed.errors.map(error => error.field),
        field === undefined ? undefined : [field],
      )
    })
})
