// PresetPolicies on the real API server, from kubectl to what is stored: refused, warned of, mirrored, and never in the way of
// what was there before or is on its way out.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listAt, objectAt, stringAt, type JsonObject } from '../../src/core/api/json.ts'
import { poll } from '../cluster/poll.ts'
import { makePolicy } from '../core/policy/make-policy.ts'
import { applyPolicyCrd } from '../kube/policy-crd.ts'
import { revisionsOf } from './revisions.ts'
import { describeWithServe } from './suite.ts'
import { makeWorkload, PRESET, prefixed } from './workloads.ts'

const NAMESPACE_GONE_MS = 60_000
const SEEN_MS = 2_000
/** What only a policy that selects this label says. */
const PROBE = prefixed({ preset: PRESET, 'idle-grace': '9h' })

const beforeServe = async (_api: unknown, plane: Parameters<typeof applyPolicyCrd>[0]): Promise<void> =>
  applyPolicyCrd(plane)

function named(name: string, annotations: Readonly<Record<string, string>> = {}, replicas = 0): JsonObject {
  return makeWorkload({ kind: 'Deployment', name, annotations: { preset: PRESET, ...annotations }, replicas })
}

function applyIn(namespace: string): readonly string[] {
  return ['apply', '-n', namespace, '-f', '-']
}

let edition = 0

await describeWithServe('workloads under PresetPolicies', { beforeServe }, cluster => {
  /** Applies a policy for a namespace of its own, and waits until the webhooks know it. */
  async function under(team: string, spec: JsonObject & { readonly message?: string }): Promise<void> {
    edition += 1
    const { message = '' } = spec
    const signed = { ...spec, message: `${message} (edition ${edition})` }
    const selecting = { namespaceSelector: { matchLabels: { team } }, maxIdleGrace: '8h' }
    const policy = makePolicy({ ...selecting, ...signed }, team)
    await cluster().kubectl(['apply', '-f', '-'], JSON.stringify(policy))
    const probe = makeWorkload({ kind: 'Deployment', name: 'probe' })
    const annotated = { ...probe, metadata: { name: 'probe', annotations: PROBE } }
    const dryRun = ['apply', '-n', team, '--dry-run=server', '-f', '-']
    await poll('the policy is known', SEEN_MS, async () => {
      const { stderr } = await cluster().plane.kubectl(dryRun, { input: JSON.stringify(annotated) })
      return stderr.includes(`(edition ${edition})`) ? true : undefined
    })
  }

  test('kubectl says what each policy has against a workload, and nothing is stored', async () => {
    await cluster().createNamespace('closed', { team: 'closed' })
    await under('closed', {
      presets: { allow: ['mistral-*'] },
      instanceTypes: { deny: ['Standard_ND*'] },
      message: 'ask in #gpu-platform',
    })
    const file = named('model', { 'instance-type': 'Standard_ND96isr_H100_v5' })
    const refusal = await cluster().kubectlRefused(applyIn('closed'), JSON.stringify(file))
    for (const part of [
      /metadata\.annotations\[kaito\.sh\/preset\]: Forbidden: "phi-4-mini-instruct": policy closed allows only mistral-\* \(presets\); ask in #gpu-platform/,
      /metadata\.annotations\[kaito\.sh\/instance-type\]: Forbidden: "Standard_ND96isr_H100_v5": policy closed denies Standard_ND\* \(instanceTypes\)/,
    ])
      assert.match(refusal, part)
    assert.deepEqual(await cluster().list('closed', 'Deployment'), [])
    await cluster().createNamespace('open')
    await cluster().kubectl(applyIn('open'), JSON.stringify(file))
  })

  test('Warn is a warning of kubectl, and the workload is stored', async () => {
    await cluster().createNamespace('warned', { team: 'warned' })
    await under('warned', { enforcement: 'Warn', runtimes: ['transformers'] })
    const { stderr } = await cluster().kubectl(applyIn('warned'), JSON.stringify(named('model')))
    assert.match(stderr, /Warning: kaito\.sh: vllm: policy warned allows only transformers \(runtimes\)/)
  })

  test('a mirror is in what is stored, and applying again changes nothing, with the policy or without it', async () => {
    await cluster().createNamespace('mirrored', { team: 'mirrored' })
    await under('mirrored', {
      registries: { allow: ['registry.local/*'] },
      mirrors: [
        { from: 'mcr.microsoft.com', to: 'registry.local/mcr' },
        { from: 'huggingface.co', to: 'https://hf.local' },
      ],
    })
    const file = JSON.stringify(named('model', {}, 1))
    await cluster().kubectl(applyIn('mirrored'), file)
    const stored = await cluster().observed('mirrored', 'Deployment', 'model')
    const pod = objectAt(objectAt(objectAt(stored, 'spec'), 'template'), 'spec')
    const [container] = listAt(pod, 'containers') as readonly JsonObject[]
    assert.equal(stringAt(container, 'image'), 'registry.local/mcr/aks/kaito/kaito-base:0.5.0')
    assert.match(JSON.stringify(listAt(container, 'env')), /"HF_ENDPOINT","value":"https:\/\/hf\.local"/)
    await cluster().kubectl(applyIn('mirrored'), file)
    await under('mirrored', {})
    for (const flags of [[], ['--server-side', '--force-conflicts']])
      await cluster().kubectl([...applyIn('mirrored'), ...flags], file)
    const after = await cluster().observed('mirrored', 'Deployment', 'model')
    assert.deepEqual(objectAt(after, 'spec'), objectAt(stored, 'spec'))
    assert.equal((await revisionsOf(cluster(), 'mirrored')).length, 1)
  })

  test('what was stored before a policy can be edited, scaled and taken away; what is new is refused', async () => {
    await cluster().createNamespace('before', { team: 'before' })
    await cluster().kubectl(applyIn('before'), JSON.stringify(named('model', {}, 1)))
    await under('before', {
      presets: { deny: ['*'] },
      registries: { allow: [] },
      limits: { gpusPerWorkload: 1 },
    })
    const edit = (patch: JsonObject) => cluster().patch('before', 'Deployment', 'model', 'merge-patch', patch)
    await edit({ metadata: { labels: { team: 'x' } } })
    await edit({ spec: { template: { metadata: { annotations: { note: 'x' } } } } })
    await assert.rejects(
      edit({ spec: { replicas: 2 } }),
      /spec\.replicas: Forbidden: .*policy before allows at most 1 GPU/,
    )
    await cluster().kubectl(['scale', '-n', 'before', 'deploy/model', '--replicas=2'])
    await edit({ spec: { replicas: 1 } })
    await assert.rejects(
      cluster().create('before', named('other')),
      /is forbidden: .*policy before denies \* \(presets\)/,
    )
    await cluster().kubectl([
      'delete',
      '-n',
      'before',
      'deploy/model',
      '--cascade=foreground',
      '--timeout=30s',
    ])
  })

  test('a namespace that is being deleted goes, with finalizers and all, whatever policies say', async () => {
    await cluster().createNamespace('leaving', { team: 'leaving' })
    const held = named('held', {}, 1)
    const metadata = { ...objectAt(held, 'metadata'), finalizers: ['example.com/hold'] }
    await cluster().create('leaving', { ...held, metadata })
    await under('leaving', { presets: { deny: ['*'] }, registries: { allow: [] } })
    await cluster().plane.request('DELETE', '/api/v1/namespaces/leaving')
    await poll('the workload is on its way out', NAMESPACE_GONE_MS, async () => {
      const { deletionTimestamp } = objectAt(await cluster().get('leaving', 'Deployment', 'held'), 'metadata')
      return deletionTimestamp === undefined ? undefined : true
    })
    // An update by somebody, and then the last finalizer: neither is asked about.
    const edit = (patch: JsonObject) => cluster().patch('leaving', 'Deployment', 'held', 'merge-patch', patch)
    await edit({ metadata: { annotations: { 'kaito.sh/preset': 'llama-3.3-70b-instruct' } } })
    await edit({ metadata: { finalizers: null } })
    await poll('the namespace is gone', NAMESPACE_GONE_MS, async () => {
      const { status } = await cluster().plane.request('GET', '/api/v1/namespaces/leaving')
      return status === 404 ? true : undefined
    })
  })
})
