// The intent hash is a format: a change of it plans every workload of every cluster anew. Pinned here, with what it depends on.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'
import type { JsonObject } from '../../../src/core/api/json.ts'
import { asPlanned, create } from './admission.ts'
import { defaulted } from './api-server.ts'
import { makeWorkload, type WorkloadParts } from './make-workload.ts'

function intentOf(parts: WorkloadParts = {}): string {
  return asPlanned(create(makeWorkload(parts))).plan.intent
}

function intentWithImage(image: string): string {
  return intentOf({ container: { image } })
}

function gpus(number: string): JsonObject {
  return { resources: { limits: { 'nvidia.com/gpu': number } } }
}

describe('the intent hash', () => {
  it('is the first 16 digits of the SHA-256 of this text', () => {
    const text =
      '{"annotations":{"preset":"phi-4-mini-instruct"},"container":"model","defaultStrategy":true,"gpus":null,"httpPortTaken":false,"repository":null}'
    assert.equal(intentOf(), createHash('sha256').update(text).digest('hex').slice(0, 16))
    assert.equal(intentOf(), '37d7b18d90399078')
  })

  it('is the same after the API server’s defaulting', () => {
    for (const parts of [
      {},
      { annotations: { provisioning: 'none' } },
      { pod: { tolerations: [] } },
      { container: { image: '' } },
    ])
      assert.equal(asPlanned(create(defaulted(makeWorkload(parts)))).plan.intent, intentOf(parts))
  })

  const changes: Readonly<Record<string, WorkloadParts>> = {
    'an annotation': { annotations: { replan: 'x' } },
    'another container': { annotations: { container: 'model' } },
    'an own image': { container: { image: 'own:1' } },
    'a GPU number': { container: gpus('1') },
    'another port called http': { container: { ports: [{ containerPort: 80, name: 'http' }] } },
    'a strategy of its own': { spec: { strategy: { type: 'Recreate' } } },
  }
  for (const [name, parts] of Object.entries(changes))
    it(`depends on ${name}`, () => assert.notEqual(intentOf(parts), intentOf()))

  const neutral: Readonly<Record<string, WorkloadParts>> = {
    'operation-scoped annotations': { annotations: { 'idle-grace': '1m', service: 'false' } },
    'unknown annotations': { annotations: { nonsense: 'x' }, foreign: { 'x.io/y': 'z' } },
    replicas: { spec: { replicas: 5 } },
    'env, args, labels': {
      container: { env: [{ name: 'X' }], args: ['--x'] },
      templateMetadata: { labels: { a: 'b' } },
    },
    'tolerations and affinity behind a gate': { pod: { tolerations: [{ operator: 'Exists' }] } },
    'spelled-out defaults': { spec: { strategy: { type: 'RollingUpdate' }, progressDeadlineSeconds: 600 } },
    'white space': { annotations: { preset: ' phi-4-mini-instruct ' } },
  }
  for (const [name, parts] of Object.entries(neutral))
    it(`does not depend on ${name}`, () => assert.equal(intentOf(parts), intentOf()))

  it('depends on the repository of an own image, not on its tag: a new build is no new plan', () => {
    assert.equal(intentWithImage('own:1'), intentWithImage('own:2'))
    assert.notEqual(intentWithImage('own:1'), intentWithImage('other:1'))
  })

  it('depends on tolerations where they are merged', () => {
    const annotations = { provisioning: 'none' }
    assert.notEqual(
      intentOf({ annotations, pod: { tolerations: [{ operator: 'Exists' }] } }),
      intentOf({ annotations }),
    )
  })
})
