import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { serviceName } from '../../../src/core/companion/service-name.ts'

/** Of a Kubernetes object (DNS-1123 subdomain), and of a Service (DNS-1035 label). */
const WORKLOAD_NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/
const SERVICE_NAME = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/

describe('serviceName', () => {
  const long = 'a'.repeat(64)
  const table: readonly (readonly [string, string])[] = [
    ['phi-4-mini', 'phi-4-mini'],
    ['phi-3.5-mini', 'phi-3-5-mini'],
    ['7b', 'svc-7b'],
    ['a'.repeat(63), 'a'.repeat(63)],
    [long, `${'a'.repeat(54)}-ffe054fe`],
  ]
  for (const [given, want] of table) it(`${given} → ${want}`, () => assert.equal(serviceName(given), want))

  it('is a valid name for every workload, and its own where that is one', () => {
    fc.assert(
      fc.property(fc.stringMatching(WORKLOAD_NAME), name => {
        assert.match(serviceName(name), SERVICE_NAME)
        if (SERVICE_NAME.test(name)) assert.equal(serviceName(name), name)
      }),
    )
  })

  it('tells long names apart that begin alike', () => {
    assert.notEqual(serviceName(`${long}1`), serviceName(`${long}2`))
  })
})
