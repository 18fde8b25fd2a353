// `auto` without prices may begin with a node of which most GPUs stay empty: said, not hidden.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { AdmissionContext } from '../../../src/core/admit/context.ts'
import { asPlanned, CONTEXT, create } from './admission.ts'
import { makeWorkload } from './make-workload.ts'

const WARNING =
  'no prices: Standard_ND96asr_A100_v4 (8 GPUs) for 1 a pod; Standard_NC24ads_A100_v4 may be cheaper'

function said(annotations: Readonly<Record<string, string>>, context = CONTEXT): readonly string[] {
  const { warnings } = asPlanned(create(makeWorkload({ annotations }), context))
  return warnings.filter(text => text.includes('may be cheaper'))
}

const PRICED: AdmissionContext = {
  ...CONTEXT,
  catalogue: {
    ...CONTEXT.catalogue,
    instanceTypes: CONTEXT.catalogue.instanceTypes.map(type =>
      Object.assign({ pricePerHour: type.gpuCount }, type),
    ),
  },
}

describe('a node with more GPUs than the pod takes', () => {
  it('is warned of, with a type that the pod fills', () =>
    assert.deepEqual(said({ preset: 'phi-4' }), [WARNING]))

  it('is no news where the pod fills it, the user names it, or prices decide', () => {
    assert.deepEqual(said({ preset: 'phi-4-mini-instruct' }), [])
    assert.deepEqual(said({ preset: 'phi-4', 'instance-type': 'Standard_ND96asr_A100_v4' }), [])
    assert.deepEqual(said({ preset: 'phi-4' }, PRICED), [])
  })
})
