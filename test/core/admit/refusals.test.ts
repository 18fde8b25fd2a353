// Refusals: every mistake in one answer, with its field and what would do; what is not built yet is refused, never ignored.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { JsonObject } from '../../../src/core/api/json.ts'
import { asDenied, create, injected, messagesOf, update, validate } from './admission.ts'
import { asObject, withValueAt } from './json-tree.ts'
import { makeCronJob, makeWorkload, withAnnotations, type WorkloadParts } from './make-workload.ts'

function refusal(parts: WorkloadParts): readonly string[] {
  const denied = asDenied(create(makeWorkload(parts)))
  assert.equal(denied.status, 422)
  assert.deepEqual(
    denied.reasons.map(({ field }) => field),
    denied.errors.map(({ field }) => field),
  )
  return messagesOf(denied)
}

const ANNOTATIONS = 'metadata.annotations'

describe('one answer', () => {
  it('names every mistake in annotations, catalogue and template', () => {
    const messages = refusal({
      annotations: {
        preset: 'phi-4-mini-instrukt',
        'instance-type': 'Standard_NC24ads_A100_v5',
        runtime: 'ollama',
        adapters: 'none',
        config: 'A',
      },
      pod: { nodeName: 'n' },
      sidecars: [{ name: 'x' }],
      container: { image: 'y' },
    })
    assert.deepEqual(
      messages.map(message => message.slice(0, message.indexOf(': '))),
      [
        `${ANNOTATIONS}[kaito.sh/runtime]`,
        `${ANNOTATIONS}[kaito.sh/adapters]`,
        `${ANNOTATIONS}[kaito.sh/config]`,
        `${ANNOTATIONS}[kaito.sh/preset]`,
        `${ANNOTATIONS}[kaito.sh/instance-type]`,
        'spec.template.spec.nodeName',
      ],
    )
  })

  it('also where the preset cannot even be read', () => {
    const messages = refusal({
      annotations: { preset: 'not a preset', 'instance-type': 'nonsense' },
      pod: { nodeName: 'n' },
    })
    assert.equal(messages.length, 3)
  })

  it('also of combinations, where the placement fails too', () => {
    const messages = refusal({
      annotations: {
        preset: 'llama-3.1-8b-instruct',
        runtime: 'transformers',
        'api-key-secret': 'key',
        'max-model-len': '4096',
        'instance-type': 'Standard_NC6s_v3',
      },
      container: { resources: { limits: { 'nvidia.com/gpu': '9' } } },
    })
    assert.ok(messages.length >= 3, messages.join('\n'))
    assert.ok(
      messages.some(message =>
        message.includes('[kaito.sh/api-key-secret]: Forbidden: only the vllm runtime'),
      ),
    )
    assert.ok(
      messages.some(message =>
        message.includes('[kaito.sh/max-model-len]: Forbidden: only the vllm runtime'),
      ),
    )
  })
})

describe('what is refused', () => {
  interface Row {
    readonly name: string
    readonly parts: WorkloadParts
    readonly want: RegExp
  }
  const table: readonly Row[] = [
    {
      name: 'an unknown preset, with the nearest names',
      parts: { annotations: { preset: 'phi-4-mini-instrukt' } },
      want: /^metadata\.annotations\[kaito\.sh\/preset\]: Not found: "phi-4-mini-instrukt": .*did you mean "phi-4-mini-instruct"/,
    },
    {
      name: 'an unknown Hugging Face id, with the entry to add',
      parts: { annotations: { preset: 'acme/Some-Model-7B' } },
      want: /fill in this entry of the catalogue/,
    },
    {
      name: 'an unknown revision, with those that there are',
      parts: { annotations: { preset: 'phi-4@kaito-9' } },
      want: /Unsupported value: "phi-4@kaito-9": supported values: "phi-4@kaito-0\.12", "phi-4@kaito-0\.4"$/,
    },
    {
      name: 'an unknown instance type, with the nearest',
      parts: { annotations: { 'instance-type': 'Standard_NC24ads_A100_v5' } },
      want: /\[kaito\.sh\/instance-type\]: Unsupported value: .*did you mean "Standard_NC24ads_A100_v4"\?/,
    },
    {
      name: 'a runtime that the preset does not have',
      parts: { annotations: { preset: 'glm-5.2-fp8', runtime: 'transformers' } },
      want: /\[kaito\.sh\/runtime\]/,
    },
    {
      name: 'an instance type on which the model does not fit',
      parts: {
        annotations: { preset: 'llama-3.3-70b-instruct', 'instance-type': 'Standard_NC24ads_A100_v4' },
      },
      want: /\[kaito\.sh\/instance-type\]: Invalid value: "Standard_NC24ads_A100_v4": needs /,
    },
    {
      name: 'an API key on transformers',
      parts: { annotations: { preset: 'phi-2', runtime: 'transformers', 'api-key-secret': 'k' } },
      want: /\[kaito\.sh\/api-key-secret\]: Forbidden: only the vllm runtime asks its clients for a key$/,
    },
    {
      name: 'a context length on transformers',
      parts: { annotations: { preset: 'phi-2', runtime: 'transformers', 'max-model-len': '2048' } },
      want: /\[kaito\.sh\/max-model-len\]: Forbidden: only the vllm runtime takes a context length$/,
    },
    {
      name: 'nodeName',
      parts: { pod: { nodeName: 'n' } },
      want: /^spec\.template\.spec\.nodeName: Forbidden: "n": must be empty/,
    },
    {
      name: 'a placement of the user’s',
      parts: {
        templateMetadata: {
          annotations: { 'kaito.sh/placement': '{"v":1,"instanceTypes":["Standard_ND96isr_H200_v5"]}' },
        },
      },
      want: /^spec\.template\.metadata\.annotations\[kaito\.sh\/placement\]: Forbidden: is written by kaito-native, never by users: leave it out$/,
    },
    {
      name: 'a list where the API has another type',
      parts: { container: { env: 'X=1' } },
      want: /^spec\.template\.spec\.containers\[0\]\.env: Invalid value: has another type than the Kubernetes API gives it$/,
    },
    {
      name: 'more than one node per replica',
      parts: { annotations: { 'nodes-per-replica': '2' } },
      want: /^metadata\.annotations\[kaito\.sh\/nodes-per-replica\]: Invalid value: "2": more than one node per replica takes a StatefulSet whose spec\.replicas is the number of nodes$/,
    },
    {
      name: 'a model that only several nodes hold',
      parts: { annotations: { preset: 'deepseek-v3-0324', 'instance-type': 'Standard_ND96isr_H100_v5' } },
      want: /needs 2 nodes for a replica: .* \(more than one node per replica takes a StatefulSet whose spec\.replicas/,
    },
    {
      name: 'weights from an image for images that hold theirs',
      parts: { annotations: { preset: 'phi-2', weights: 'image:registry.example/w:1' } },
      want: /weights\]: Forbidden: images of revision kaito-0\.4 bring their weights/,
    },
    {
      name: 'adapters of a model whose vLLM server takes none',
      parts: {
        annotations: { preset: 'falcon-7b', adapters: '[{"name": "tone", "image": "tone:1"}]' },
      },
      want: /adapters\]: Forbidden: the vllm runtime has none for this model: use kaito\.sh\/runtime: transformers$/,
    },
    {
      name: 'tuning on a Deployment',
      parts: {
        annotations: { 'tuning-method': 'lora' },
        pod: { volumes: [{ name: 'data' }, { name: 'results' }] },
      },
      want: /tuning-method\]: Forbidden: a Deployment runs for ever and tuning ends: use a Job or a CronJob/,
    },
    {
      name: 'a Job without a command',
      parts: { kind: 'Job' },
      want: /^spec\.template\.spec\.containers\[0\]\.command: Required value: a Job runs to completion, .*set the command/,
    },
    {
      name: 'a Job whose arguments are for a command of the image',
      parts: { kind: 'Job', container: { args: ['x.py'] } },
      want: /command: Required value/,
    },
    {
      name: 'a Job with the image of its preset and no command',
      parts: { kind: 'Job', container: { image: 'mcr.microsoft.com/aks/kaito/kaito-base:0.5.0' } },
      want: /command: Required value/,
    },
    {
      name: 'a Job over several nodes',
      parts: {
        kind: 'Job',
        annotations: { 'nodes-per-replica': '2' },
        container: { command: ['true'] },
      },
      want: /nodes-per-replica\]: Invalid value: "2": more than one node per replica takes a StatefulSet/,
    },
  ]
  for (const { name, parts, want } of table) {
    it(name, () => {
      const messages = refusal(parts)
      assert.equal(messages.length, 1, messages.join('\n'))
      assert.match(messages[0] ?? '', want)
    })
  }

  it('a CronJob, at the place in its job template', () => {
    const [message, ...more] = messagesOf(asDenied(create(makeCronJob())))
    assert.deepEqual(more, [])
    assert.match(
      message ?? '',
      /^spec\.jobTemplate\.spec\.template\.spec\.containers\[0\]\.command: Required value: a CronJob runs/,
    )
  })

  it('does not repeat a token that was pasted', () => {
    for (const name of ['model-access-secret', 'api-key-secret']) {
      for (const token of ['hf_AbCdEfGh', 'sk-AbCdEf', 'AbCdEf123']) {
        const denied = asDenied(create(makeWorkload({ annotations: { [name]: token } })))
        assert.ok(!JSON.stringify(denied).includes(token))
      }
    }
  })
})

describe('a placement', () => {
  const templateMetadata = { annotations: { 'kaito.sh/placement': '{"v":1}' } }
  const FIELD = 'spec.template.metadata.annotations[kaito.sh/placement]'

  it('is refused on a workload that is annotated later, and on one whose plan wrote another', () => {
    const running = makeWorkload({ annotations: { preset: undefined }, templateMetadata })
    const annotated = makeWorkload({ templateMetadata })
    const forged = withPlacement(injected(makeWorkload()), '{"v":1}')
    for (const decision of [
      update(annotated, running),
      update(annotated, injected(makeWorkload())),
      update(forged, injected(makeWorkload())),
      create(forged),
    ])
      assert.deepEqual(
        asDenied(decision).errors.map(({ field }) => field),
        [FIELD],
      )
  })

  it('is the plan’s own where a planned file arrives, and nobody’s without a preset', () => {
    assert.equal(create(injected(makeWorkload())).decision, 'Plan')
    assert.equal(
      create(makeWorkload({ annotations: { preset: undefined }, templateMetadata })).decision,
      'Skip',
    )
  })
})

function withPlacement(object: JsonObject, text: string): JsonObject {
  return asObject(
    withValueAt(object, ['spec', 'template', 'metadata', 'annotations', 'kaito.sh/placement'], text),
  )
}

describe('bypass-resource-checks', () => {
  it('turns what does not fit into a warning', () => {
    const annotations = {
      preset: 'llama-3.3-70b-instruct',
      'instance-type': 'Standard_NC24ads_A100_v4',
      'bypass-resource-checks': 'true',
    }
    const decision = create(makeWorkload({ annotations }))
    assert.equal(decision.decision, 'Plan')
    assert.ok(decision.warnings.some(warning => warning.startsWith('resource checks are bypassed: ')))
  })
})

describe('without the preset', () => {
  const planned = injected(makeWorkload())
  const bare = withAnnotations(planned, { 'kaito.sh/preset': undefined })

  it('an update that leaves no image is refused, and says what to do', () => {
    assert.deepEqual(messagesOf(asDenied(update(bare, planned))), [
      'spec.template.spec.containers[0].image: Required value: the annotation kaito.sh/preset is gone, and with it the image: set an image, or delete the workload',
    ])
  })

  it('also where injection had made the container', () => {
    const empty = injected({
      ...makeWorkload(),
      spec: { selector: {}, template: { metadata: { labels: { app: 'x' } } } },
    })
    const removed = withAnnotations(empty, { 'kaito.sh/preset': undefined })
    assert.deepEqual(asDenied(update(removed, empty)).errors[0]?.field, 'spec.template.spec.containers')
  })

  it('everything is taken back where an image is left', () => {
    const given = makeWorkload({ container: { image: 'own:1' } })
    const own = injected(given)
    const decision = update(withAnnotations(own, { 'kaito.sh/preset': undefined }), own)
    assert.equal(decision.reasons[0]?.code, 'Uninjected')
    assert.deepEqual(
      decision.decision === 'Skip' && decision.result,
      withAnnotations(given, { 'kaito.sh/preset': undefined }),
    )
  })
})

describe('validation', () => {
  it('names the mistake of an annotated workload that carries no plan', () => {
    assert.match(
      messagesOf(validate(makeWorkload({ annotations: { preset: 'nonsense' } })))[0] ?? '',
      /Not found: "nonsense"/,
    )
  })

  it('says that the mutating webhook was not reached, where there is no mistake', () => {
    assert.deepEqual(messagesOf(asDenied(validate(makeWorkload()))), [
      `${ANNOTATIONS}[kaito.sh/plan]: Required value: kaito-native did not complete this workload: its mutating webhook was not reached, try again`,
    ])
  })

  it('names what is gone of the inventory as Kubernetes would', () => {
    const planned = injected(makeWorkload())
    const text = JSON.stringify(planned).replace('"nvidia.com/gpu":"1"', '"cpu":"1"')
    assert.match(
      messagesOf(asDenied(validate(JSON.parse(text) as JsonObject)))[0] ?? '',
      /^spec\.template\.spec\.containers\[model\]\.resources\.limits\[nvidia\.com\/gpu\]: Required value: the plan put a value here and it is gone/,
    )
  })

  it('refuses a plan that was edited into none', () => {
    const denied = asDenied(validate(withAnnotations(injected(makeWorkload()), { 'kaito.sh/plan': '{}' })))
    assert.equal(denied.errors[0]?.code, 'PlanInvalid')
  })

  it('refuses a plan that was made for other annotations', () => {
    const denied = asDenied(validate(withAnnotations(injected(makeWorkload()), { 'kaito.sh/replan': 'x' })))
    assert.equal(denied.errors[0]?.code, 'PlanStale')
  })
})
