// A memo changes how long a decision takes, never what is decided: every answer from memory is compared with the answer
// of a decision that remembers nothing, over generated workloads, names and whatever else is not in the key.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import type { AdmissionContext } from '../../../src/core/admit/context.ts'
import { decideMutation } from '../../../src/core/admit/mutate.ts'
import { createPlanMemo, type PlanMemo } from '../../../src/core/admit/plan-memo.ts'
import type { AdmissionInput, Decision } from '../../../src/core/api/decision.ts'
import { objectAt, type Json, type JsonObject } from '../../../src/core/api/json.ts'
import { FOOTPRINT } from '../../../src/core/template/steps.ts'
import { CONTEXT } from './admission.ts'
import { arbitraryWorkload } from './arbitrary-workload.ts'
import { asObject, deepFreeze, leaves, withValueAt } from './json-tree.ts'

const RUNS = 150
const MACHINES: AdmissionContext = { ...CONTEXT, facts: { ...CONTEXT.facts, provisioning: 'machine' } }
const EXISTING: AdmissionContext = { ...CONTEXT, facts: { ...CONTEXT.facts, provisioning: 'none' } }
/** Another catalogue: the same presets with their GPU types gone but two. */
const SMALLER: AdmissionContext = {
  ...CONTEXT,
  catalogue: {
    ...CONTEXT.catalogue,
    revision: 'smaller',
    instanceTypes: CONTEXT.catalogue.instanceTypes.filter(({ name }) => /H100|H200/.test(name)),
  },
}
const CONTEXTS = [CONTEXT, MACHINES, EXISTING, SMALLER]

/** What a decision says, its operations also as the text that the webhook would send. */
function saidBy(decision: Decision): object {
  if (decision.decision === 'Deny') return decision
  const { reasons, warnings, operations, result } = decision
  const known = decision.decision === 'Plan' ? decision.ready?.patchBase64 : undefined
  const text = known === undefined ? JSON.stringify(operations) : Buffer.from(known, 'base64').toString()
  const plan = decision.decision === 'Plan' ? decision.plan : undefined
  return { decision: decision.decision, reasons, warnings, operations, result, plan, sent: text }
}

function isRecalled(decision: Decision): boolean {
  return decision.decision === 'Plan' && decision.ready !== undefined
}

/** Asks both; true where the answer came from memory. */
function agree(object: JsonObject, context: AdmissionContext, memo: PlanMemo): boolean {
  const input = { operation: 'CREATE', object: deepFreeze(object) } as const
  const remembered = decideMutation(input, context, memo)
  assert.deepEqual(saidBy(remembered), saidBy(decideMutation(input, context)))
  return isRecalled(remembered)
}

/** Another workload of the same kind: all that is not ours in its metadata is other, and its selector. */
const arbitraryIdentity = fc.record({
  name: fc.constantFrom<JsonObject>(
    { name: 'one' },
    { name: 'another-one' },
    { generateName: 'many-' },
    { name: `long-${'x'.repeat(80)}` },
    { name: 'kaito.sh/workload":"' },
    { name: 'ö"\\' },
    {},
  ),
  labels: fc.constantFrom<JsonObject | undefined>(undefined, { app: 'a' }, { app: 'b', team: 'c' }),
  applied: fc.constantFrom(
    undefined,
    '{}',
    'no JSON, maxSurge',
    '{"spec":{"strategy":{"rollingUpdate":{"maxSurge":"25%"}},"progressDeadlineSeconds":600}}',
  ),
  managed: fc.boolean(),
})
type Identity = typeof arbitraryIdentity extends fc.Arbitrary<infer T> ? T : never

function asAnother(object: JsonObject, { name, labels, applied, managed }: Identity): JsonObject {
  const { name: _, generateName: __, managedFields: ___, ...metadata } = objectAt(object, 'metadata')
  const annotations = Object.entries(objectAt(metadata, 'annotations'))
  const own = Object.fromEntries(annotations.filter(([key]) => key.startsWith('kaito.sh/')))
  const file =
    applied === undefined ? {} : { 'kubectl.kubernetes.io/last-applied-configuration': applied, 'x/y': '1' }
  const fieldsV1 = { 'f:spec': { 'f:strategy': { 'f:rollingUpdate': { 'f:maxUnavailable': {} } } } }
  const managedFields = [{ manager: 'm', operation: 'Apply', fieldsV1 }]
  return {
    ...object,
    metadata: {
      ...metadata,
      ...name,
      ...(labels !== undefined && { labels }),
      annotations: { ...own, ...file },
      ...(managed && { managedFields }),
    },
    spec: { ...objectAt(object, 'spec'), selector: { matchLabels: labels ?? {} } },
  }
}

/** Without the label of the user's in the place of ours, with which a plan is never remembered. */
const unlabelled = arbitraryWorkload.map(workload => {
  const spec = objectAt(workload, 'spec')
  const template = objectAt(spec, 'template')
  const metadata = objectAt(template, 'metadata')
  const { 'kaito.sh/workload': mine, ...labels } = objectAt(metadata, 'labels')
  if (mine === undefined) return workload
  return { ...workload, spec: { ...spec, template: { ...template, metadata: { ...metadata, labels } } } }
})
const workloads = fc.oneof(unlabelled, unlabelled, unlabelled, arbitraryWorkload)

function makeOf(container: JsonObject): JsonObject {
  const annotations = { 'kaito.sh/preset': 'phi-4-mini-instruct' }
  const template = { metadata: { labels: { app: 'x' } }, spec: { containers: [container] } }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'x', annotations },
    spec: { template },
  }
}

describe('the memo of plans', () => {
  it('answers as a decision without memory does, for a fleet of every workload', () => {
    let recalled = 0
    const identities = fc.array(arbitraryIdentity, { minLength: 5, maxLength: 5 })
    fc.assert(
      fc.property(workloads, identities, (workload, others) => {
        const memo = createPlanMemo()
        for (const other of others) recalled += agree(asAnother(workload, other), CONTEXT, memo) ? 1 : 0
      }),
      { numRuns: RUNS },
    )
    assert.ok(recalled > RUNS, `${recalled} of ${RUNS * 5} answers came from memory`)
  })

  it('keeps workloads, facts and catalogues apart that come in turn', () => {
    let recalled = 0
    const memo = createPlanMemo()
    const turns = fc.array(fc.record({ context: fc.constantFrom(...CONTEXTS), index: fc.nat(2) }), {
      minLength: 6,
      maxLength: 12,
    })
    const three = fc.array(workloads, { minLength: 3, maxLength: 3 })
    fc.assert(
      fc.property(three, turns, arbitraryIdentity, (several, asked, identity) => {
        for (const { context, index } of asked) {
          const workload = several[index]
          assert.ok(workload !== undefined)
          for (const object of [workload, asAnother(workload, identity), workload])
            recalled += agree(object, context, memo) ? 1 : 0
        }
      }),
      { numRuns: RUNS / 3 },
    )
    assert.ok(recalled > RUNS, `${recalled} answers came from memory`)
  })

  it('tells workloads apart that differ in one place, wherever it is', () => {
    const values = fc.constantFrom<Json | undefined>(undefined, null, '', 'other', 0, 7, [], {})
    fc.assert(
      fc.property(workloads, fc.infiniteStream(fc.nat()), values, (workload, numbers, value) => {
        const memo = createPlanMemo()
        agree(workload, CONTEXT, memo)
        agree(workload, CONTEXT, memo)
        const places = [...leaves(workload)].map(([path]) => path)
        for (const number of numbers.take(8)) {
          const path = places[number % places.length] ?? []
          const depth = 1 + (number % path.length)
          agree(asObject(withValueAt(workload, path.slice(0, depth), value)), CONTEXT, memo)
        }
      }),
      { numRuns: RUNS },
    )
  })

  it('tells absent, null, empty and misshapen maps apart', () => {
    const memo = createPlanMemo()
    const maps: readonly (Json | undefined)[] = [undefined, null, {}, [], 'text']
    const metadata = maps.flatMap(labels =>
      maps.map(annotations => ({
        ...(labels !== undefined && { labels }),
        ...(annotations !== undefined && { annotations }),
      })),
    )
    let recalled = 0
    for (let sight = 0; sight < 3; sight++) {
      for (const one of [...metadata, ...maps]) {
        const template = { spec: {}, ...(one !== undefined && { metadata: one }) }
        const annotations = { 'kaito.sh/preset': 'phi-4-mini-instruct' }
        const object = {
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          metadata: { name: 'x', annotations },
          spec: { template },
        }
        recalled += agree(object, CONTEXT, memo) ? 1 : 0
      }
    }
    assert.ok(recalled >= 9, `${recalled} answers came from memory`)
  })

  it('remembers workloads at their second sight, unless they are very large', () => {
    for (const size of [10, 20_000, 70_000]) {
      const memo = createPlanMemo()
      const one = { name: 'model', args: ['x'.repeat(size)] }
      const other = { name: 'model', args: [`y${'x'.repeat(size - 1)}`] }
      const recalled = [one, other, one, one, other, other].map(container =>
        agree(makeOf(container), CONTEXT, memo),
      )
      const isKept = size < 70_000
      assert.deepEqual(recalled, [false, false, false, isKept, false, isKept], `${size}`)
    }
  })

  it('is asked for no CREATE with a stored object, which no API server sends', () => {
    const memo = createPlanMemo()
    const object = makeOf({ name: 'model' })
    for (let sight = 0; sight < 3; sight++)
      decideMutation({ operation: 'CREATE', object, oldObject: object }, CONTEXT, memo)
    assert.equal(agree(object, CONTEXT, memo), false)
  })

  it('is asked for nothing but the first plan: what is planned already is decided anew', () => {
    const memo = createPlanMemo()
    fc.assert(
      fc.property(arbitraryWorkload, workload => {
        const first = decideMutation({ operation: 'CREATE', object: workload }, CONTEXT, memo)
        if (first.decision !== 'Plan') return
        for (let sight = 0; sight < 3; sight++) {
          assert.equal(agree(first.result, CONTEXT, memo), false)
          const input: AdmissionInput = { operation: 'UPDATE', object: workload, oldObject: first.result }
          const remembered = decideMutation(input, CONTEXT, memo)
          assert.deepEqual(saidBy(remembered), saidBy(decideMutation(input, CONTEXT)))
        }
      }),
      { numRuns: RUNS / 3 },
    )
  })

  it('has all that steps may touch in its key: the pods, our labels and annotations, the rest of spec', () => {
    const covered = FOOTPRINT.filter(([place, ...rest]) => {
      if (['{pod}', '{container}', '{spec}', 'spec'].includes(place ?? '')) return true
      const [metadata, map, key = ''] = rest
      const isMap = metadata === 'metadata' && (map === 'labels' || map === 'annotations')
      return place === '{template}' && isMap && key.startsWith('kaito.sh/')
    })
    assert.deepEqual(covered, FOOTPRINT)
  })
})
