// Writers beside the user and us: mirrors, injectors of sidecars, defaulting webhooks, forgers, and revisions from before.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isObject, listAt, type JsonObject } from '../../../src/core/api/json.ts'
import { valueAt } from '../../../src/core/patch/locate.ts'
import { asDenied, asPlanned, asSkipped, CONTEXT, create, injected, update, validate } from './admission.ts'
import { makeWorkload, podOf, withAnnotations } from './make-workload.ts'

const POD = ['spec', 'template', 'spec'] as const
const MODEL = [...POD, 'containers', 'model'] as const
const MIRROR = 'registry.local/mcr/aks/kaito/kaito-base:0.5.0'
const GPU = 'nvidia.com/gpu'

function containersOf(object: JsonObject): readonly JsonObject[] {
  return listAt(podOf(object), 'containers').filter(isObject)
}

/** The object with its first container changed, as another webhook or a patch would. */
function withContainer(object: JsonObject, change: JsonObject, more: readonly JsonObject[] = []): JsonObject {
  const copy = structuredClone(object) as { spec: { template: { spec: { containers: JsonObject[] } } } }
  const { containers } = copy.spec.template.spec
  containers[0] = { ...containers[0], ...change }
  containers.push(...more)
  return copy
}

function withPod(object: JsonObject, change: JsonObject): JsonObject {
  const copy = structuredClone(object) as { spec: { template: { spec: JsonObject } } }
  copy.spec.template.spec = { ...copy.spec.template.spec, ...change }
  return copy
}

describe('a webhook that rewrites the injected image to a mirror', () => {
  const whole = injected(makeWorkload())
  const mirrored = withContainer(whole, { image: MIRROR })
  const again = asPlanned(create(mirrored))

  it('keeps the command and its own choice when we are asked again', () => {
    assert.equal(valueAt(again.result, [...MODEL, 'image']), MIRROR)
    assert.deepEqual(valueAt(again.result, [...MODEL, 'command']), valueAt(whole, [...MODEL, 'command']))
    asPlanned(validate(again.result))
  })

  it('starts no rollout at a later update', () => {
    const touched = withAnnotations(again.result, { touched: 'true' })
    const later = asPlanned(update(withContainer(touched, { image: MIRROR }), again.result))
    assert.deepEqual(later.result['spec'], again.result['spec'])
  })

  it('is another image where the path below the registry differs', () => {
    const other = asPlanned(create(withContainer(whole, { image: 'registry.local/other/kaito-base:0.5.0' })))
    assert.equal(valueAt(other.result, [...MODEL, 'command']), undefined)
  })
})

describe('a sidecar beside a container that injection made', () => {
  const made = injected(withPod(makeWorkload(), { containers: [] }))

  it('does not become the container to fill', () => {
    const sidecar = { name: 'log', image: 'fluent/bit:1' }
    for (const decision of [
      update(withContainer(made, {}, [sidecar]), made),
      create(withContainer(made, {}, [sidecar])),
    ]) {
      const { result } = asPlanned(decision)
      assert.deepEqual(
        containersOf(result).map(({ name }) => name),
        ['model', 'log'],
      )
      assert.equal(valueAt(result, [...MODEL, 'resources', 'limits', GPU]), '1')
      assert.equal(valueAt(result, [...POD, 'containers', 'log', 'resources']), undefined)
    }
  })
})

describe('a revision from before the preset', () => {
  const own = {
    image: 'my/vllm:1',
    resources: { limits: { [GPU]: '1', memory: '1Gi' } },
    ports: [{ containerPort: 5000, name: 'http', protocol: 'TCP' }],
  }
  const before = makeWorkload({
    annotations: { preset: undefined },
    container: own,
    pod: { terminationGracePeriodSeconds: 60 },
  })

  it('comes back letter for letter, with values that equal ours', () => {
    const planned = injected(makeWorkload())
    const undone = {
      ...before,
      spec: { ...(planned['spec'] as JsonObject), template: (before['spec'] as JsonObject)['template'] },
    } as JsonObject
    const { result } = asSkipped(update(undone, planned))
    assert.deepEqual(result['spec'], before['spec'])
  })

  it('is the user’s own GPU number too when a bare file says it', () => {
    const planned = injected(makeWorkload())
    const file = makeWorkload({
      container: { resources: { limits: { [GPU]: '1' } } },
      annotations: { preset: 'llama-3.3-70b-instruct' },
    })
    const denied = asDenied(update(file, planned))
    assert.match(denied.reasons.map(({ message }) => message).join('\n'), /numbers that work|needs \d+ GPUs/)
  })
})

describe('a plan that was edited by hand', () => {
  const whole = injected(makeWorkload())
  const plan = asPlanned(update(whole, whole)).plan

  it('gives way to the stored one of the same intent', () => {
    for (const forged of [
      { ...plan, instanceTypes: ['Forged'], gpusPerPod: 99 },
      { ...plan, added: {} },
    ]) {
      const object = withAnnotations(whole, { 'kaito.sh/plan': JSON.stringify(forged) })
      assert.deepEqual(asPlanned(update(object, whole)).result, whole)
    }
  })

  it('does not free a bare template of what the stored one added', () => {
    const object = withAnnotations(makeWorkload(), {
      'kaito.sh/plan': JSON.stringify({ ...plan, added: {} }),
    })
    assert.deepEqual(asPlanned(update(object, whole)).result['spec'], whole['spec'])
  })

  it('of a version that we do not know is refused, and left alone without the preset', () => {
    const newer = withAnnotations(whole, { 'kaito.sh/plan': JSON.stringify({ ...plan, v: 2 }) })
    assert.equal(asDenied(update(newer, newer)).reasons[0]?.code, 'PlanInvalid')
    const gone = withAnnotations(newer, { 'kaito.sh/preset': undefined })
    const skipped = asSkipped(update(gone, newer))
    assert.deepEqual(skipped.operations, [])
    assert.match(skipped.warnings.join('\n'), /cannot be read/)
  })
})

describe('a withdrawn override, after the catalogue has changed', () => {
  const readinessProbe = { httpGet: { path: '/mine', port: 1 } }
  const whole = injected(makeWorkload({ container: { readinessProbe } }))
  const presets = CONTEXT.catalogue.presets.map(preset => ({
    ...preset,
    revisions: preset.revisions.map(revision => ({
      ...revision,
      image: revision.image.replace(/:.*/, ':9.9.9'),
    })),
  }))
  const context = { ...CONTEXT, catalogue: { ...CONTEXT.catalogue, revision: 'new', presets } }

  it('brings our value for that field and changes nothing else', () => {
    const { readinessProbe: _, ...rest } = containersOf(whole)[0] as { readinessProbe: unknown }
    const withdrawn = withPod(whole, { containers: [rest] })
    const { result } = asPlanned(update(withdrawn, whole, context))
    const ours = valueAt(injected(makeWorkload()), [...MODEL, 'readinessProbe'])
    assert.deepEqual(result['spec'], withContainer(withdrawn, { readinessProbe: ours ?? null })['spec'])
  })
})

describe('values at the edge of what the API server takes', () => {
  it('no drain where the user’s grace period leaves no time for it', () => {
    const short = injected(makeWorkload({ pod: { terminationGracePeriodSeconds: 10 } }))
    assert.equal(valueAt(short, [...MODEL, 'lifecycle']), undefined)
    assert.equal(podOf(short)['terminationGracePeriodSeconds'], 10)
    const whole = injected(makeWorkload())
    const later = asPlanned(update(withPod(whole, { terminationGracePeriodSeconds: 10 }), whole))
    assert.equal(valueAt(later.result, [...MODEL, 'lifecycle']), undefined)
  })

  it('no second mount where the user’s path ends in a slash', () => {
    const volumeMounts = [{ mountPath: '/workspace/weights/', name: 'mine' }]
    const whole = injected(makeWorkload({ container: { volumeMounts } }))
    const paths = listAt(containersOf(whole)[0], 'volumeMounts')
      .filter(isObject)
      .map(mount => mount['mountPath'])
    assert.deepEqual(paths, ['/workspace/weights/', '/dev/shm'])
  })

  it('a default that another webhook sets after us holds nothing up', () => {
    const whole = injected(makeWorkload())
    asPlanned(validate(withPod(whole, { terminationGracePeriodSeconds: 30 })))
  })
})

describe('a second call within the same request', () => {
  it('takes a list that was merged with the user’s for what it is', () => {
    const annotations = { provisioning: 'none' }
    const stored = injected(makeWorkload({ annotations }))
    const nodeSelectorTerms = [{ matchExpressions: [{ key: 'zone', operator: 'In', values: ['a'] }] }]
    const required = { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } }
    const applied = withPod(stored, { affinity: { nodeAffinity: required } })
    const fields = { 'f:requiredDuringSchedulingIgnoredDuringExecution': {} }
    const fieldsV1 = {
      'f:spec': { 'f:template': { 'f:spec': { 'f:affinity': { 'f:nodeAffinity': fields } } } },
    }
    const managedFields = [{ manager: 'team', operation: 'Apply', fieldsV1 }]
    const object = { ...applied, metadata: { ...(applied['metadata'] as JsonObject), managedFields } }
    const first = asPlanned(update(object, stored))
    assert.notDeepEqual(first.result, object)
    assert.deepEqual(asPlanned(update(first.result, stored)).result, first.result)
  })
})
