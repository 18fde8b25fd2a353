// Admission answers whatever it is sent: no input throws, nothing that is not ours is touched, large objects cost little.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { ANNOTATION_NAMES, PREFIX } from '../../../src/core/api/annotations.ts'
import type { Json, JsonObject } from '../../../src/core/api/json.ts'
import { asPlanned, asSkipped, create, injected, messagesOf, update, validate } from './admission.ts'
import { arbitraryWorkload } from './arbitrary-workload.ts'
import { asObject, at, deepFreeze, leaves, withValueAt, type Step } from './json-tree.ts'
import { makeWorkload, planText, podOf, withAnnotations } from './make-workload.ts'
import { assertInsideFootprint, patched } from './patch-oracle.ts'

/** By way of its text, which knows no -0. */
const json = fc.jsonValue({ maxDepth: 3 }).map(value => JSON.parse(JSON.stringify(value)) as Json)

describe('admission is total', () => {
  it('with any JSON in any place of a workload', () => {
    fc.assert(
      fc.property(arbitraryWorkload, json, fc.nat(), fc.nat(), (workload, garbage, place, depth) => {
        const object = deepFreeze(withGarbage(workload, garbage, place, depth))
        for (const decision of [create(object), update(object, workload), update(workload, object)]) {
          if (decision.decision === 'Deny') assert.ok(decision.errors.length > 0)
          else assert.ok(decision.reasons.length > 0)
        }
        const decision = create(object)
        if (decision.decision === 'Deny') return
        assert.deepEqual(patched(object, decision.operations), decision.result)
        assertInsideFootprint(object, decision.operations)
      }),
      { numRuns: 400 },
    )
  })

  it('with any JSON instead of a planned object, in mutation and in validation', () => {
    const planned = injected(makeWorkload())
    fc.assert(
      fc.property(json, fc.nat(), fc.nat(), (garbage, place, depth) => {
        const object = deepFreeze(withGarbage(planned, garbage, place, depth))
        for (const decision of [
          update(object, planned),
          update(planned, object),
          update(object, object),
          validate(object),
        ])
          assert.ok(decision.reasons.length > 0)
      }),
      { numRuns: 400 },
    )
  })

  it('with any text in any annotation: each that is refused is named, with a field and a reason', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string(),
      fc.constantFrom('', ' ', 'true', '1', 'auto', 'pvc:a/../b'),
    )
    const names = fc.subarray([...ANNOTATION_NAMES])
    fc.assert(
      fc.property(names, fc.array(text, { minLength: ANNOTATION_NAMES.length }), (chosen, texts) => {
        const annotations = Object.fromEntries(chosen.map((name, index) => [name, texts[index]]))
        const decision = create(makeWorkload({ annotations }))
        if (decision.decision !== 'Deny') return
        for (const error of decision.errors)
          assert.match(
            error.field,
            /^(metadata\.annotations\[kaito\.sh\/[a-z-]+\](\[\d+\])?|spec\.template\.spec\..+)$/,
          )
        assert.equal(messagesOf(decision).length, decision.errors.length)
      }),
      { numRuns: 400 },
    )
  })
})

describe('admission leaves alone', () => {
  it('every workload that is not annotated', () => {
    fc.assert(
      fc.property(arbitraryWorkload, workload => {
        const object = withAnnotations(workload, { [`${PREFIX}preset`]: undefined })
        for (const decision of [create(object), update(object, object)]) {
          assert.deepEqual(asSkipped(decision).operations, [])
          assert.equal(asSkipped(decision).result, object)
        }
        assert.equal(validate(object).decision, 'Skip')
      }),
      { numRuns: 500 },
    )
  })

  const kinds = ['Pod', 'Service', 'DaemonSet', 'ReplicaSet', 'constructor', '']
  for (const kind of kinds) {
    it(`the kind ${JSON.stringify(kind)}`, () => {
      const object = { ...makeWorkload(), kind }
      assert.equal(asSkipped(create(object)).reasons[0]?.code, 'UnsupportedKind')
      assert.equal(asSkipped(validate(object)).reasons[0]?.code, 'UnsupportedKind')
    })
  }

  it('a Deployment of another API group', () => {
    const object = { ...makeWorkload(), apiVersion: 'extensions/v1beta1' }
    assert.equal(asSkipped(create(object)).reasons[0]?.code, 'UnsupportedKind')
  })

  it('an object that is being deleted, annotated or not', () => {
    const workload = makeWorkload({ annotations: { runtime: 'nonsense' } })
    const object = asObject(withValueAt(workload, ['metadata', 'deletionTimestamp'], '2026-01-01T00:00:00Z'))
    assert.equal(asSkipped(update(object, object)).reasons[0]?.code, 'BeingDeleted')
    assert.equal(asSkipped(validate(object)).reasons[0]?.code, 'BeingDeleted')
  })
})

describe('admission copes with', () => {
  it('keys that JavaScript has a meaning for', () => {
    const text = JSON.stringify(makeWorkload()).replaceAll(
      '"app":"phi"',
      '"app":"phi","__proto__":"p","constructor":"c","hasOwnProperty":"h","toString":"t"',
    )
    const object = JSON.parse(text.replace('"spec":{', '"spec":{"__proto__":{"x":1},')) as JsonObject
    const { operations, result } = asPlanned(create(object))
    assert.deepEqual(patched(object, operations), result)
    const labels = at(result, ['spec', 'template', 'metadata', 'labels'])
    assert.deepEqual(Object.keys(asObject(labels ?? null)).slice(0, 5), [
      'app',
      '__proto__',
      'constructor',
      'hasOwnProperty',
      'toString',
    ])
    assert.deepEqual(Object.getOwnPropertyDescriptor(result['spec'], '__proto__')?.value, { x: 1 })
    assert.equal(({} as Record<string, unknown>)['x'], undefined)
  })

  it('a plan whose inventory has such keys', () => {
    const planned = injected(makeWorkload())
    const text = planText(planned)
    for (const added of [
      '{"__proto__":{"spec":"x"}}',
      '{"spec":{"__proto__":{"+":1}}}',
      '{"constructor":0}',
    ]) {
      const forged = text.replace(/"added":.*$/, `"added":${added}}`)
      const object = withAnnotations(planned, { 'kaito.sh/plan': forged })
      assertInsideFootprint(object, asPlanned(update(object, planned)).operations)
    }
  })

  it('500 env entries and 200 KiB of annotations: one decision far below the webhook’s budget', () => {
    const env = Array.from({ length: 500 }, (_, index) => ({ name: `VARIABLE_${index}`, value: 'x' }))
    const foreign = { 'example.com/blob': 'x'.repeat(200 * 1024) }
    const object = makeWorkload({ container: { env }, foreign })
    const planned = injected(object)
    const started = performance.now()
    assert.deepEqual(asPlanned(update(planned, planned)).operations, [])
    const bare = asPlanned(update(object, planned))
    assert.ok(performance.now() - started < 500, 'two decisions in half a second')
    assert.deepEqual(bare.result, planned)
    const list = at(podOf(planned), ['containers', 0, 'env'])
    assert.ok(Array.isArray(list))
    assert.deepEqual(list.slice(0, 500), env)
  })
})

/** The workload with `garbage` at the chosen leaf, or at one of the places on the way to it. */
function withGarbage(workload: JsonObject, garbage: Json, place: number, depth: number): JsonObject {
  const paths = [...leaves(workload)].map(([path]) => path)
  const path: readonly Step[] = paths[place % paths.length] ?? []
  const cut = path.slice(0, 1 + (depth % path.length))
  const result = withValueAt(workload, cut, garbage)
  return asObject(result)
}
