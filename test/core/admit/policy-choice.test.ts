// What policies make of a choice: `auto` stays among what is allowed, images come from mirrors that the plan records, a quota
// keeps the gate, and what was stored before a policy is not held up by it.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { AdmissionContext } from '../../../src/core/admit/context.ts'
import { decideMutation } from '../../../src/core/admit/mutate.ts'
import { createPlanMemo } from '../../../src/core/admit/plan-memo.ts'
import { uninject } from '../../../src/core/admit/uninject.ts'
import { decideValidation } from '../../../src/core/admit/validate.ts'
import { listAt, type JsonObject } from '../../../src/core/api/json.ts'
import type { Plan } from '../../../src/core/api/plan.ts'
import { formatPlan, parsePlan } from '../../../src/core/api/plan-text.ts'
import { DEPLOYMENT } from '../../../src/core/workload/deployment.ts'
import { makePolicy } from '../policy/make-policy.ts'
import { under } from '../policy/policies.ts'
import {
  asDenied,
  asPlanned,
  CONTEXT,
  create,
  IMAGE_VOLUMES,
  injected,
  messagesOf,
  update,
} from './admission.ts'
import {
  containerOf,
  makeWorkload,
  planText,
  podOf,
  withAnnotations,
  type WorkloadParts,
} from './make-workload.ts'
import { assertInsideFootprint, patched } from './patch-oracle.ts'

const A100 = 'Standard_NC24ads_A100_v4'
const FIRST = asPlanned(create(makeWorkload())).plan.instanceTypes

function planUnder(...policies: readonly JsonObject[]): Plan {
  return asPlanned(create(makeWorkload(), under(policies))).plan
}

function warning(spec: JsonObject): JsonObject {
  return makePolicy({ enforcement: 'Warn', ...spec })
}

describe('auto under policies', () => {
  it('takes the first of what is allowed, and falls back only to what is allowed', () => {
    const { instanceTypes } = planUnder(makePolicy({ instanceTypes: { allow: ['*_H100_*'] } }))
    assert.ok(
      instanceTypes.length > 0 && instanceTypes.every(name => name.includes('_H100_')),
      instanceTypes.join(),
    )
    const [denied = ''] = FIRST
    const others = planUnder(makePolicy({ instanceTypes: { deny: [denied] } })).instanceTypes
    assert.ok(!others.includes(denied))
    assert.equal(others[0], FIRST[1])
  })

  it('keeps within the GPUs of a pod: one larger GPU instead of several small ones', () => {
    const workload = makeWorkload({ annotations: { preset: 'phi-4' } })
    const small = { instanceTypes: { allow: ['Standard_NV*_A10_v5', 'Standard_NC24ads_A100_v4'] } }
    assert.equal(asPlanned(create(workload, under([makePolicy(small)]))).plan.gpusPerPod, 2)
    const { gpusPerPod, instanceTypes } = asPlanned(
      create(workload, under([makePolicy({ ...small, limits: { gpusPerPod: 1 } })])),
    ).plan
    assert.deepEqual({ gpusPerPod, instanceTypes }, { gpusPerPod: 1, instanceTypes: [A100] })
  })

  it('says whose policy leaves nothing, and what would fit', () => {
    const context = under([makePolicy({ instanceTypes: { allow: ['Standard_NC6s_*'] }, message: 'ask us' })])
    const denied = asDenied(
      create(makeWorkload({ annotations: { preset: 'llama-3.3-70b-instruct' } }), context),
    )
    assert.equal(denied.status, 403)
    assert.match(
      messagesOf(denied)[0] ?? '',
      /^metadata\.annotations\[kaito\.sh\/instance-type\]: Forbidden: "auto": llama-3\.3-70b-instruct fits on no instance type that policy team-a allows \(allow Standard_NC6s_\*\); without it: .*; ask us$/,
    )
  })

  it('prefers what a Warn policy allows, and goes beyond it with a warning', () => {
    assert.ok(
      planUnder(warning({ instanceTypes: { allow: ['*_H100_*'] } })).instanceTypes[0]?.includes('H100'),
    )
    assert.deepEqual(planUnder(warning({ instanceTypes: { allow: ['none'] } })).instanceTypes, FIRST)
    assert.deepEqual(
      planUnder(makePolicy({ enforcement: 'Audit', instanceTypes: { deny: ['*'] } })).instanceTypes,
      FIRST,
    )
  })

  it('with prices: nothing without one, and nothing that alone is beyond the limit', () => {
    const instanceTypes = CONTEXT.catalogue.instanceTypes.map(type => {
      const pricePerHour = type.name === A100 ? 4 : type.name === 'Standard_NC40ads_H100_v5' ? 9 : undefined
      return pricePerHour === undefined ? type : { ...type, pricePerHour }
    })
    const base: AdmissionContext = { ...CONTEXT, catalogue: { ...CONTEXT.catalogue, instanceTypes } }
    const context = under([makePolicy({ limits: { costPerHour: '8' } })], { base })
    const planned = asPlanned(create(makeWorkload({ spec: { replicas: 2 } }), context))
    assert.deepEqual(planned.plan.instanceTypes, [A100])
    const judged = (replicas: number) =>
      decideValidation(
        { operation: 'CREATE', object: injected(makeWorkload({ spec: { replicas } }), context) },
        context,
      )
    assert.equal(judged(2).decision, 'Plan')
    assert.deepEqual(messagesOf(judged(3)), [
      'spec.replicas: Forbidden: "12 an hour": policy team-a allows namespace default 8 an hour, and 0 are in use (limits.costPerHour)',
    ])
  })
})

const MIRRORS = [
  { from: 'mcr.microsoft.com', to: 'registry.local/mcr' },
  { from: 'registry.example', to: 'registry.local/example' },
  { from: 'huggingface.co', to: 'https://hf.local' },
]
const ADAPTED: WorkloadParts = {
  annotations: { adapters: '[{"name":"tone","image":"registry.example/tone:1"}]' },
}
const TUNING: WorkloadParts = {
  kind: 'Job',
  annotations: {
    preset: 'phi-3-mini-128k-instruct',
    'tuning-method': 'qlora',
    'tuning-input-image': 'registry.example/data:1',
    'tuning-output-image': 'registry.example/team/tone:1',
    'tuning-output-image-push-secret': 'push',
  },
}

/** All texts of an object. */
function textsOf(object: JsonObject): string {
  return JSON.stringify(podOf(object))
}

describe('mirrors of a policy', () => {
  const modes = { pulled: CONTEXT, mounted: IMAGE_VOLUMES }
  for (const [mode, base] of Object.entries(modes))
    for (const [name, parts] of Object.entries({ adapters: ADAPTED, tuning: TUNING }))
      it(`stand for every image that is injected or read (${name}, ${mode}), and the plan knows them`, () => {
        const context = under([makePolicy({ mirrors: MIRRORS })], { base })
        const workload = makeWorkload(parts)
        const decision = asPlanned(create(workload, context))
        const { result, plan } = decision
        // What is pushed goes where the user says.
        const texts = textsOf(result).replaceAll('registry.example/team/tone:1', '')
        assert.ok(!/mcr\.microsoft\.com|registry\.example/.test(texts), texts)
        assert.ok(texts.includes('registry.local/mcr/aks/kaito/kaito-base:0.5.0'))
        assert.deepEqual(
          plan.mirrors,
          MIRRORS.filter(({ to }) => textsOf(result).includes(to)),
        )
        assert.deepEqual(patched(workload, decision.operations), result)
        assertInsideFootprint(workload, decision.operations)
        const validated = decideValidation({ operation: 'CREATE', object: result }, context)
        assert.equal(validated.decision, 'Plan', messagesOf(validated).join('\n'))
      })

  it('tell the download of the model where Hugging Face is', () => {
    const context = under([makePolicy({ mirrors: MIRRORS })])
    const env = (parts: WorkloadParts) => listAt(containerOf(injected(makeWorkload(parts), context)), 'env')
    const wanted = { name: 'HF_ENDPOINT', value: 'https://hf.local' }
    assert.ok(env({}).some(one => JSON.stringify(one) === JSON.stringify(wanted)))
    assert.ok(!JSON.stringify(env({ annotations: { weights: 'pvc:models/phi' } })).includes('HF_ENDPOINT'))
  })

  it('are undone exactly, and change nothing at rest', () => {
    const context = under([makePolicy({ mirrors: MIRRORS })])
    const given = makeWorkload(ADAPTED)
    const stored = injected(given, context)
    assert.deepEqual(asPlanned(update(stored, stored, context)).operations, [])
    const { plan } = asPlanned(update(stored, stored, context))
    assert.deepEqual(uninject(DEPLOYMENT, stored, plan.added).result, given)
  })

  it('follow the policy only when the workload is planned anew', () => {
    const stored = injected(makeWorkload(ADAPTED), under([makePolicy({ mirrors: MIRRORS })]))
    const moved = under([makePolicy({ mirrors: [{ from: 'mcr.microsoft.com', to: 'other.local' }] })])
    assert.deepEqual(asPlanned(update(stored, stored, moved)).operations, [])
    const replanned = asPlanned(
      update(withAnnotations(stored, { 'kaito.sh/replan': '1' }), stored, moved),
    ).result
    assert.ok(!textsOf(replanned).includes('registry.local'), textsOf(replanned))
    assert.ok(textsOf(replanned).includes('other.local/aks/kaito/kaito-base:0.5.0'))
    const none = asPlanned(update(withAnnotations(stored, { 'kaito.sh/replan': '1' }), stored)).result
    assert.ok(textsOf(none).includes('"mcr.microsoft.com/aks/kaito/kaito-base:0.5.0"'))
  })

  it('of a plan that an undone rollout brings back are known', () => {
    const mirrored = under([
      makePolicy({ mirrors: [{ from: 'mcr.microsoft.com/aks/kaito', to: 'kaito.local' }] }),
    ])
    const before = injected(makeWorkload({ annotations: { replan: '1' } }), mirrored)
    const now = injected(makeWorkload({ annotations: { replan: '2' } }))
    const undone = asPlanned(update(before, now)).result
    assert.equal(containerOf(undone)['image'], 'kaito.local/kaito-base:0.5.0')
    const decision = decideValidation({ operation: 'UPDATE', object: undone, oldObject: now }, CONTEXT)
    assert.equal(decision.decision, 'Plan', messagesOf(decision).join('\n'))
  })

  it('leave the choice of another webhook alone', () => {
    const context = under([makePolicy({ mirrors: MIRRORS })])
    const stored = JSON.parse(
      JSON.stringify(injected(makeWorkload())).replaceAll('mcr.microsoft.com/', 'harbor.local/proxy/'),
    ) as JsonObject
    const replanned = asPlanned(
      update(withAnnotations(stored, { 'kaito.sh/replan': '1' }), stored, context),
    ).result
    assert.equal(containerOf(replanned)['image'], 'harbor.local/proxy/aks/kaito/kaito-base:0.5.0')
  })

  it('are mirrored by another webhook in their turn: what was injected stays', () => {
    for (const [from, to] of [
      ['mcr.microsoft.com', 'registry.local/mcr'],
      ['mcr.microsoft.com/aks/kaito', 'registry.local/kaito'],
    ] as const) {
      const context = under([makePolicy({ mirrors: [{ from, to }] })])
      const ours = injected(makeWorkload(ADAPTED), context)
      const images = /"image":"registry\.local\//g
      const theirs = JSON.parse(
        JSON.stringify(ours).replaceAll(images, '"image":"harbor.local/proxy/'),
      ) as JsonObject
      const again = asPlanned(create(theirs, context))
      assert.equal(containerOf(again.result)['image'], containerOf(theirs)['image'])
      assert.deepEqual(containerOf(again.result)['command'], containerOf(ours)['command'])
      asPlanned(decideValidation({ operation: 'CREATE', object: again.result }, context))
      asPlanned(decideValidation({ operation: 'CREATE', object: theirs }, context))
      assert.deepEqual(asPlanned(update(again.result, again.result, context)).operations, [])
    }
  })

  it('are what an allow-list of registries is held against', () => {
    const closed = makePolicy({ registries: { allow: ['registry.local/*'] } }, 'closed')
    const open = injected(makeWorkload(ADAPTED))
    assert.equal(decideValidation({ operation: 'CREATE', object: open }, under([closed])).decision, 'Deny')
    const context = under([closed, makePolicy({ mirrors: MIRRORS })])
    const mirrored = injected(makeWorkload(ADAPTED), context)
    const decision = decideValidation({ operation: 'CREATE', object: mirrored }, context)
    assert.equal(decision.decision, 'Plan', messagesOf(decision).join('\n'))
  })
})

/** With a plan that says so of the adapters' registry. */
function withMirror(object: JsonObject): JsonObject {
  const plan = parsePlan(planText(object))
  assert.ok(plan !== undefined)
  const mirrors = [{ from: 'registry.example', to: 'mcr.microsoft.com/aks' }]
  return withAnnotations(object, { 'kaito.sh/plan': formatPlan({ ...plan, mirrors }) })
}

describe('a mirror that somebody writes into the plan', () => {
  const context = under([makePolicy({ registries: { deny: ['registry.example/*'] } })])
  const adapted = withMirror(injected(makeWorkload(ADAPTED)))
  const want =
    /adapters\]\[0\]\.image: Forbidden: "registry\.example\/tone:1": policy team-a denies registry\.example/

  it('passes no image off as another, also where it stood in the plan before', () => {
    const plain = injected(makeWorkload())
    for (const oldObject of [plain, withMirror(plain)]) {
      const decision = decideValidation({ operation: 'UPDATE', object: adapted, oldObject }, context)
      assert.match(messagesOf(asDenied(decision)).join('\n'), want)
    }
  })

  it('holds nothing up once it is stored', () => {
    const labelled = withAnnotations(adapted, { team: 'a' })
    asPlanned(decideValidation({ operation: 'UPDATE', object: labelled, oldObject: adapted }, context))
  })
})

describe('a quota of GPUs', () => {
  const existing: WorkloadParts = { annotations: { provisioning: 'none', 'instance-type': A100 } }
  const gates = (context: AdmissionContext) =>
    listAt(podOf(injected(makeWorkload(existing), context)), 'schedulingGates')

  it('keeps the gate where kube-scheduler would place the pods by itself, and only there', () => {
    assert.deepEqual(gates(CONTEXT), [])
    assert.deepEqual(gates(under([makePolicy({ limits: { nodes: 1 } })])), [])
    assert.deepEqual(gates(under([makePolicy({ enforcement: 'Warn', limits: { gpus: 9 } })])), [])
    assert.deepEqual(gates(under([makePolicy({ limits: { gpus: 9 } })])), [
      { name: 'kaito.sh/waiting-for-node' },
    ])
  })

  it('neither adds nor removes a gate of a workload that is planned', () => {
    const quota = under([makePolicy({ limits: { gpus: 9 } })])
    const [without, withGate] = [injected(makeWorkload(existing)), injected(makeWorkload(existing), quota)]
    assert.deepEqual(asPlanned(update(without, without, quota)).operations, [])
    assert.deepEqual(asPlanned(update(withGate, withGate)).operations, [])
  })
})

describe('a policy on instance types', () => {
  const types = { allow: [A100, 'NVIDIA-A100-*'] }
  const on = (annotations: WorkloadParts['annotations'] = {}) =>
    makeWorkload({ annotations: { provisioning: 'none', 'instance-type': A100, ...annotations } })
  const affinity = (context: AdmissionContext) => JSON.stringify(podOf(injected(on(), context))['affinity'])

  it('leaves kube-scheduler no node by its GPU labels, where it denies', () => {
    const terms = [
      [{ key: 'node.kubernetes.io/instance-type', operator: 'In', values: [A100] }],
      [
        { key: 'node.kubernetes.io/instance-type', operator: 'DoesNotExist' },
        { key: 'nvidia.com/gpu.product', operator: 'In', values: [A100] },
      ],
    ]
    const strict = under([makePolicy({ instanceTypes: types })])
    assert.deepEqual(podOf(injected(on(), strict))['affinity'], {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: terms.map(matchExpressions => ({ matchExpressions })),
        },
      },
    })
    asPlanned(decideValidation({ operation: 'CREATE', object: injected(on(), strict) }, strict))
    assert.match(affinity(under([warning({ instanceTypes: types })])), /gpu\.memory/)
    assert.match(affinity(under([makePolicy({ limits: { gpus: 9 } })])), /gpu\.memory/)
  })

  it('changes nothing of a workload that is planned', () => {
    const strict = under([makePolicy({ instanceTypes: types })])
    for (const [before, now] of [
      [CONTEXT, strict],
      [strict, CONTEXT],
    ] as const) {
      const stored = injected(on(), before)
      assert.deepEqual(asPlanned(update(stored, stored, now)).operations, [])
      asPlanned(decideValidation({ operation: 'UPDATE', object: stored, oldObject: stored }, now))
    }
  })
})

describe('an update under policies', () => {
  const stored = injected(makeWorkload({ annotations: { 'instance-type': A100 }, spec: { replicas: 2 } }))
  const scaled = (replicas: number): JsonObject => ({
    ...stored,
    spec: { ...(stored['spec'] as JsonObject), replicas },
  })
  const judge = (object: JsonObject, ...specs: readonly JsonObject[]) =>
    decideValidation(
      { operation: 'UPDATE', object, oldObject: stored },
      under(specs.map(spec => makePolicy(spec))),
    )

  it('is not held up by what the stored object does already', () => {
    for (const spec of [
      { presets: { deny: ['*'] } },
      { runtimes: ['transformers'] },
      { instanceTypes: { deny: ['*'] } },
      { registries: { allow: [] } },
      { limits: { gpus: 1, nodes: 1, gpusPerPod: 0, gpusPerWorkload: 1 } },
    ]) {
      const decision = judge(withAnnotations(stored, { team: 'a' }), spec)
      assert.equal(decision.decision, 'Plan', messagesOf(decision).join('\n'))
      assert.equal(judge(scaled(1), spec).decision, 'Plan')
      assert.equal(judge(scaled(0), spec).decision, 'Plan')
    }
  })

  it('is refused what it adds', () => {
    assert.equal(judge(scaled(3), { limits: { gpus: 1 } }).decision, 'Deny')
    assert.equal(judge(scaled(3), { limits: { gpus: 3 } }).decision, 'Plan')
    const slower = judge(withAnnotations(stored, { 'kaito.sh/idle-grace': '2h' }), { maxIdleGrace: '1h' })
    assert.deepEqual(
      asDenied(slower).errors.map(({ code }) => code),
      ['IdleGraceTooLong'],
    )
  })

  it('counts everything of a workload that is annotated only now', () => {
    const before = makeWorkload({ annotations: { preset: undefined } })
    const decision = decideValidation(
      { operation: 'UPDATE', object: stored, oldObject: before },
      under([makePolicy({ presets: { deny: ['*'] } })]),
    )
    assert.equal(decision.decision, 'Deny')
  })
})

describe('the plan memo under policies', () => {
  it('never answers one namespace with the plan of another', () => {
    const [strict, open] = [
      under([makePolicy({ instanceTypes: { allow: ['*_H100_*'] }, mirrors: MIRRORS })]),
      CONTEXT,
    ]
    const context: AdmissionContext = {
      ...CONTEXT,
      policy: {
        ...CONTEXT.policy,
        policiesOf: namespace => (namespace === 'strict' ? strict : open).policy.policiesOf(namespace),
      },
    }
    const memo = createPlanMemo()
    for (let round = 0; round < 4; round += 1)
      for (const namespace of ['strict', 'open']) {
        const workload = makeWorkload({ name: `w${round}` })
        const object = { ...workload, metadata: { ...(workload['metadata'] as JsonObject), namespace } }
        const remembered = asPlanned(decideMutation({ operation: 'CREATE', object }, context, memo))
        const fresh = asPlanned(decideMutation({ operation: 'CREATE', object }, context))
        assert.deepEqual(remembered.operations, fresh.operations)
        assert.equal(remembered.plan.mirrors !== undefined, namespace === 'strict')
        assert.equal(remembered.ready !== undefined, round >= 2)
      }
  })
})
