import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parsePolicy } from '../../../src/core/policy/parse-policy.ts'
import { makePolicy, POLICY_CASES } from './policy-cases.ts'

describe('parsePolicy', () => {
  for (const { name, spec, field } of POLICY_CASES)
    it(`${field === undefined ? 'accepts' : 'refuses'} ${name}`, () => {
      const parsed = parsePolicy(makePolicy('team-a', spec))
      assert.deepEqual(
        parsed.ok ? undefined : parsed.errors.map(error => error.field),
        field === undefined ? undefined : [field],
      )
    })

  it('says every mistake at once', () => {
    const parsed = parsePolicy({ spec: { limits: { gpus: -1 }, message: 7 } })
    assert.deepEqual(parsed.ok ? [] : parsed.errors.map(error => error.field), [
      'metadata.name',
      'spec.enforcement',
      'spec.message',
      'spec.limits.gpus',
    ])
  })
})
