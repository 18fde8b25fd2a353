// Plans that nobody but kaito-native may write: forged ones, whose template, placement and hashes all agree, are refused;
// those that `kubectl rollout undo` brings back are taken, whatever the catalogue has become.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { hashIntent } from '../../../src/core/admit/intent-hash.ts'
import { takeApart } from '../../../src/core/admit/subject.ts'
import { understand } from '../../../src/core/admit/understand.ts'
import { hashEntry } from '../../../src/core/api/hash.ts'
import type { Json, JsonObject } from '../../../src/core/api/json.ts'
import type { Plan } from '../../../src/core/api/plan.ts'
import { formatPlan, parsePlan } from '../../../src/core/api/plan-text.ts'
import { copyInventory, setLeaf, withoutNode } from '../../../src/core/patch/inventory.ts'
import { locate } from '../../../src/core/patch/locate.ts'
import { reconcile } from '../../../src/core/patch/reconcile.ts'
import {
  asDenied,
  asPlanned,
  CONTEXT,
  create,
  injected,
  messagesOf,
  update,
  validate,
  validateUpdate,
} from './admission.ts'
import { DEPLOYMENT } from '../../../src/core/workload/deployment.ts'
import { asObject, withValueAt } from './json-tree.ts'
import { makeWorkload, planText, withAnnotations, type WorkloadParts } from './make-workload.ts'

const TEMPLATE = ['spec', 'template']
const PLACEMENT = [...TEMPLATE, 'metadata', 'annotations', 'kaito.sh/placement']
const MODEL = [...TEMPLATE, 'spec', 'containers', 'model']
const GATE = [...TEMPLATE, 'spec', 'schedulingGates', 'kaito.sh/waiting-for-node']

/** An object with another plan, and what else the forger changed: a value with its hash in the plan, or neither of them. */
function forge(
  object: JsonObject,
  changes: Partial<Plan>,
  values: readonly (readonly [readonly string[], Json | undefined])[] = [],
): JsonObject {
  const plan = { ...planOf(object), ...changes }
  const placement = {
    v: 1,
    instanceTypes: plan.instanceTypes,
    ordered: false,
    gpusPerPod: plan.gpusPerPod,
    nodesPerReplica: plan.nodesPerReplica,
    provisioning: plan.provisioning,
    storageGiB: 0,
  }
  let added = copyInventory(plan.added)
  let forged = object
  for (const [path, value] of [[PLACEMENT, JSON.stringify(placement)] as const, ...values]) {
    forged = withKeyed(forged, path, value)
    if (value === undefined) added = copyInventory(withoutNode(added, path))
    else setLeaf(added, path, hashEntry(value))
  }
  const draft = withAnnotations(forged, { 'kaito.sh/plan': formatPlan({ ...plan, added }) })
  return withAnnotations(draft, {
    'kaito.sh/plan': formatPlan({ ...plan, added, intent: intentOf(draft, plan) }),
  })
}

/** What the hash of the intent is for anybody who reads the code. */
function intentOf(object: JsonObject, plan: Plan): string {
  const wanted = understand(takeApart(DEPLOYMENT, { operation: 'CREATE', object }), CONTEXT)
  assert.ok('intent' in wanted)
  return hashIntent(wanted.intent, wanted.reading, plan.provisioning)
}

function withKeyed(object: JsonObject, path: readonly string[], value: Json | undefined): JsonObject {
  const place = locate(object, path)
  if (place.kind === 'found') return asObject(withValueAt(object, place.tokens, value))
  return value === undefined ? object : reconcile({ object, edits: [{ path, value }] }).result
}

function planOf(object: JsonObject): Plan {
  const plan = parsePlan(planText(object))
  assert.ok(plan !== undefined)
  return plan
}

const planned = injected(makeWorkload())
const older = injected(makeWorkload({ annotations: { 'max-model-len': '4096' } }))

const gpus = (count: number): readonly (readonly [readonly string[], Json])[] =>
  ['limits', 'requests'].map(
    list => [[...MODEL, 'resources', list, 'nvidia.com/gpu'], String(count)] as const,
  )

interface Forgery {
  readonly name: string
  readonly of?: WorkloadParts
  readonly plan?: Partial<Plan>
  readonly values?: readonly (readonly [readonly string[], Json | undefined])[]
  readonly want: RegExp
}

/** Each of them passes the check of the hashes, and that nothing of the inventory is gone. */
const FORGERIES: readonly Forgery[] = [
  {
    name: 'another preset',
    plan: { preset: 'phi-4' },
    want: /preset must be phi-4-mini-instruct, by kaito\.sh\/preset/,
  },
  {
    name: 'another revision than the pinned one',
    of: { annotations: { preset: 'phi-4-mini-instruct@kaito-0.12' } },
    plan: { revision: 'kaito-0.4' },
    want: /revision must be kaito-0\.12/,
  },
  {
    name: 'another runtime',
    of: { annotations: { runtime: 'vllm' } },
    plan: { runtime: 'transformers' },
    want: /runtime must be vllm, by kaito\.sh\/runtime/,
  },
  {
    name: 'instance types that the user did not name',
    of: { annotations: { 'instance-type': 'Standard_NC24ads_A100_v4' } },
    plan: { instanceTypes: ['Standard_ND96isr_H200_v5'] },
    want: /instanceTypes must be among those of kaito\.sh\/instance-type/,
  },
  {
    name: 'instance types that nobody knows',
    plan: { instanceTypes: ['my-own-node'] },
    want: /instanceTypes must be of the catalogue and take the model/,
  },
  {
    name: 'instance types on which the model does not fit',
    of: { annotations: { preset: 'llama-3.3-70b-instruct' } },
    plan: { instanceTypes: ['Standard_NC24ads_A100_v4'] },
    want: /must be/,
  },
  {
    name: 'more GPUs than the model needs',
    plan: { gpusPerPod: 2, parallelism: { tensor: 2, pipeline: 1, data: 1 } },
    values: gpus(2),
    want: /gpusPerPod must be 1/,
  },
  { name: 'more pods on a node', plan: { podsPerNode: 8 }, want: /podsPerNode must be 1/ },
  {
    name: 'another parallelism',
    plan: { parallelism: { tensor: 2, pipeline: 1, data: 1 } },
    want: /parallelism must make 1 processes/,
  },
  {
    name: 'existing nodes, and so no gate',
    plan: { provisioning: 'none' },
    values: [[GATE, undefined]],
    want: /provisioning must be nodeclaim, which the cluster serves/,
  },
  {
    name: 'no gate, and none in its inventory',
    values: [[GATE, undefined]],
    want: /kaito-native would add a value here/,
  },
  {
    name: 'another image, called its own',
    values: [[[...MODEL, 'image'], 'evil.example/miner:1']],
    want: /containers\[model\]\.image: .*kaito-native would write another/,
  },
]

describe('a forged plan', () => {
  for (const { name, of = {}, plan = {}, values = [], want } of FORGERIES) {
    const honest = injected(makeWorkload(of))
    const forged = forge(honest, plan, values)

    it(`${name}: refused on CREATE`, () => {
      const denied = asDenied(validate(forged))
      assert.match(messagesOf(denied).join('\n'), want)
      assert.ok(denied.errors.some(({ code }) => code === 'PlanForged'))
    })

    it(`${name}: refused where it comes by an UPDATE of another plan`, () => {
      assert.match(messagesOf(asDenied(validateUpdate(forged, older))).join('\n'), want)
    })

    it(`${name}: planned anew by the mutating webhook on CREATE`, () => {
      const { result } = asPlanned(create(forged))
      asPlanned(validate(result))
      assert.deepEqual(planOf(result).instanceTypes, planOf(honest).instanceTypes)
    })
  }

  it('what it does not add, called its own: refused on CREATE, where it would be taken back as ours', () => {
    const forged = forge(planned, {}, [[[...MODEL, 'env', 'MINE'], { name: 'MINE', value: 'x' }]])
    assert.match(
      messagesOf(asDenied(validate(forged))).join('\n'),
      /env\[MINE\]: .*kaito-native would add nothing here/,
    )
  })

  it('each mistake is told', () => {
    const forged = forge(planned, { preset: 'phi-4', provisioning: 'machine' })
    assert.equal(asDenied(validate(forged)).errors.length, 2)
  })
})

describe('a plan that is not forged', () => {
  const otherCatalogue = {
    ...CONTEXT,
    catalogue: { ...CONTEXT.catalogue, revision: 'another' },
  }
  const withoutPreset = {
    ...CONTEXT,
    catalogue: {
      ...CONTEXT.catalogue,
      revision: 'without',
      presets: CONTEXT.catalogue.presets.filter(({ name }) => name !== 'phi-4-mini-instruct'),
    },
  }
  const largerModel = {
    ...CONTEXT,
    catalogue: {
      ...CONTEXT.catalogue,
      revision: 'larger',
      presets: CONTEXT.catalogue.presets.map(preset => ({
        ...preset,
        revisions: preset.revisions.map(revision => ({
          ...revision,
          image: revision.image.replace(/:[^:]*$/, ':next'),
          figures: { ...revision.figures, weightBytes: revision.figures.weightBytes * 12 },
        })),
      })),
    },
  }

  it('comes back by rollout undo, also where the catalogue has changed or lost its preset or type', () => {
    for (const context of [CONTEXT, otherCatalogue, withoutPreset, largerModel]) {
      const undone = asPlanned(update(planned, older, context)).result
      assert.deepEqual(undone, planned)
      asPlanned(validateUpdate(undone, older, context))
    }
  })

  it('is of a workload whose name the API server made up in between', () => {
    const { name: _, ...unnamed } = asObject(makeWorkload()['metadata'] ?? null)
    const object = { ...makeWorkload(), metadata: { ...unnamed, generateName: 'phi-' } }
    const { result } = asPlanned(create(object))
    const metadata = asObject(result['metadata'] ?? null)
    asPlanned(validate({ ...result, metadata: { ...metadata, name: 'phi-x7k2q' } }))
    const denied = asDenied(validate({ ...result, metadata: { ...metadata, name: 'other' } }))
    assert.match(messagesOf(denied)[0] ?? '', /labels\[kaito\.sh\/workload\].*would write another value/)
  })

  it('is stored already: nobody asks again', () => {
    const forged = forge(planned, { instanceTypes: ['my-own-node'] })
    const labelled = withAnnotations(forged, { 'example.com/x': 'y' })
    asPlanned(validateUpdate(labelled, forged))
  })

  it('is forged with the revision of another catalogue: nodes, image and GPUs must be right all the same', () => {
    for (const [values, want] of [
      [[[GATE, undefined]], /schedulingGates/],
      [[[[...MODEL, 'image'], 'evil.example/miner:1']], /image/],
    ] as const) {
      const forged = forge(planned, { catalogue: 'other' }, values)
      assert.match(messagesOf(asDenied(validateUpdate(forged, older))).join('\n'), want)
    }
    const none = forge(planned, { catalogue: 'other', provisioning: 'none' }, [[GATE, undefined]])
    assert.match(messagesOf(asDenied(validateUpdate(none, older)))[0] ?? '', /provisioning must be nodeclaim/)
  })
})
