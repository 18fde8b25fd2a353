import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { formatPlan, parsePlan, readPlan } from '../../../src/core/api/plan-text.ts'
import type { Plan } from '../../../src/core/api/plan.ts'

const PLAN: Plan = {
  v: 1,
  catalogue: 'c0ffee',
  intent: '0123456789abcdef',
  preset: 'phi-4',
  revision: 'kaito-0.12',
  runtime: 'vllm',
  instanceTypes: ['b', 'a'],
  gpusPerPod: 2,
  podsPerNode: 4,
  nodesPerReplica: 1,
  parallelism: { tensor: 2, pipeline: 1, data: 1 },
  provisioning: 'nodeclaim',
  added: { spec: { x: 'hash', list: { '+': [null], '5000': 0 }, y: ['hash', 'original'] } },
}

describe('the plan as text', () => {
  it('is what design and docs/plan.md say, in this order', () => {
    assert.equal(
      formatPlan(PLAN),
      '{"v":1,"catalogue":"c0ffee","intent":"0123456789abcdef","preset":"phi-4","revision":"kaito-0.12","runtime":"vllm",' +
        '"instanceTypes":["b","a"],"gpusPerPod":2,"podsPerNode":4,"nodesPerReplica":1,"parallelism":{"tensor":2,"pipeline":1,"data":1},' +
        '"provisioning":"nodeclaim","added":{"spec":{"list":{"+":[null],"5000":0},"x":"hash","y":["hash","original"]}}}',
    )
  })

  it('is read back as the same plan', () => assert.deepEqual(parsePlan(formatPlan(PLAN)), PLAN))

  it('does not depend on the order in which the inventory was filled', () => {
    const reordered = {
      ...PLAN,
      added: {
        spec: {
          y: ['hash', 'original'] as const,
          list: { '5000': 0 as const, '+': [null] as const },
          x: 'hash',
        },
      },
    }
    assert.equal(formatPlan(reordered), formatPlan(PLAN))
  })
})

describe('a plan that is none', () => {
  const changes: Readonly<Record<string, unknown>> = {
    'of another version': { v: 2 },
    'without a version': { v: undefined },
    'with a number for the intent': { intent: 1 },
    'of an unknown revision': { revision: 'kaito-0.5' },
    'of an unknown runtime': { runtime: 'ollama' },
    'of an unknown provisioner': { provisioning: 'auto' },
    'without instance types': { instanceTypes: [] },
    'with an instance type that is no text': { instanceTypes: [1] },
    'with no GPU': { gpusPerPod: 0 },
    'with half a GPU': { gpusPerPod: 0.5 },
    'with a count as text': { nodesPerReplica: '1' },
    'without parallelism': { parallelism: null },
    'with part of the parallelism': { parallelism: { tensor: 1, data: 1 } },
    'without an inventory': { added: undefined },
    'with a leaf of another type': { added: { spec: 1 } },
    'with a leaf of three': { added: { spec: ['a', 'b', 'c'] } },
    'with a mark that is none': { added: { '+': 'x' } },
    'with a tree that is too deep': { added: nested(40) },
  }
  for (const [name, change] of Object.entries(changes))
    it(name, () => assert.equal(parsePlan(JSON.stringify({ ...PLAN, ...(change as object) })), undefined))

  for (const text of ['', 'null', '[]', '"x"', '{', '{}', `${JSON.stringify(PLAN)} `.padEnd(4097)])
    it(`the text ${JSON.stringify(text.slice(0, 20))} of ${text.length} characters`, () =>
      assert.equal(parsePlan(text), undefined))

  it('whatever the text: parsePlan never throws', () => {
    const mangled = fc
      .tuple(fc.nat(formatPlan(PLAN).length), fc.string())
      .map(([position, text]) => formatPlan(PLAN).slice(0, position) + text)
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json(), mangled), text => {
        const plan = parsePlan(text)
        if (plan !== undefined) assert.ok(formatPlan(plan).length <= 4096 + 100)
      }),
      { numRuns: 1000 },
    )
  })
})

describe('readPlan', () => {
  it('tells no plan from a broken one', () => {
    const key = 'kaito.sh/plan'
    assert.equal(readPlan({}), undefined)
    assert.equal(readPlan({ [key]: null }), undefined)
    assert.equal(readPlan({ [key]: '' }), 'invalid')
    assert.equal(readPlan({ [key]: { v: 1 } }), 'invalid')
    assert.deepEqual(readPlan({ [key]: formatPlan(PLAN) }), PLAN)
  })
})

function nested(depth: number): object {
  return depth === 0 ? { leaf: 'x' } : { a: nested(depth - 1) }
}
