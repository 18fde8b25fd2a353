// Specs of PresetPolicies that are accepted or refused, by the parser and by the API server alike. `field`: where the parser
// says the mistake is.
import type { JsonObject } from '../../../src/core/api/json.ts'

export interface PolicyCase {
  readonly name: string
  readonly spec: JsonObject
  /** Absent: accepted. */
  readonly field?: string
}

const LONG = 'x'.repeat(257)
const MANY = Array.from({ length: 257 }, (_, index) => `registry-${index}`)

const accepted = (name: string, spec: JsonObject): PolicyCase => ({
  name,
  spec: { enforcement: 'Deny', ...spec },
})
const refused = (name: string, field: string, spec: JsonObject): PolicyCase => ({
  name,
  field,
  spec: { enforcement: 'Deny', ...spec },
})

const mirror = (from: string, to: string) => ({ mirrors: [{ from, to }] })
const expression = (operator: string, values?: readonly string[]) => ({
  namespaceSelector: { matchExpressions: [{ key: 'team', operator, ...(values && { values }) }] },
})
const VALUES = 'spec.namespaceSelector.matchExpressions[0].values'

export const POLICY_CASES: readonly PolicyCase[] = [
  accepted('nothing but its enforcement', {}),
  accepted('everything', {
    enforcement: 'Audit',
    namespaceSelector: {
      matchLabels: { team: 'a', empty: '' },
      matchExpressions: [
        { key: 'stage', operator: 'In', values: ['prod', 'test'] },
        { key: 'legacy', operator: 'DoesNotExist' },
      ],
    },
    message: 'ask in #gpu-platform',
    presets: { allow: ['phi-*', 'microsoft/*'], deny: ['*-70b-*'] },
    runtimes: ['vllm'],
    instanceTypes: { allow: ['Standard_NC*'], deny: [] },
    registries: { allow: ['mcr.microsoft.com/aks/kaito/*', 'registry.local/*'] },
    tuningHosts: { allow: ['*.blob.core.windows.net', 'huggingface.co'] },
    limits: { gpusPerPod: 4, gpusPerWorkload: 8, gpus: 16, nodes: 8, costPerHour: '40' },
    maxIdleGrace: '10m',
    mirrors: [
      { from: 'mcr.microsoft.com', to: 'registry.local/mcr' },
      { from: 'localhost:5000', to: 'registry.local:443/a/b' },
      { from: 'huggingface.co', to: 'https://hf.local' },
    ],
  }),
  accepted('nothing allowed', { presets: { allow: [] }, runtimes: [], limits: { gpus: 0 } }),
  accepted('fields that are null', { message: null, limits: { gpus: null }, presets: null }),
  accepted('a huge count', { limits: { gpus: Number.MAX_SAFE_INTEGER } }),
  accepted('a cost with cents', { limits: { costPerHour: '0.05' } }),
  accepted('a grace of nothing', { maxIdleGrace: '0' }),
  accepted('a grace of several units', { maxIdleGrace: '1h30m0.5s' }),
  accepted('a mirror of Hugging Face with port and path', mirror('huggingface.co', 'http://hf.local:8080/x')),

  refused('no enforcement', 'spec.enforcement', { enforcement: null }),
  refused('an empty enforcement', 'spec.enforcement', { enforcement: '' }),
  refused('an unknown enforcement', 'spec.enforcement', { enforcement: 'deny' }),
  refused('an unknown field', 'spec.preset', { preset: { allow: ['phi-*'] } }),
  refused('an unknown field of globs', 'spec.presets.allowed', { presets: { allowed: ['phi-*'] } }),
  refused('an unknown limit', 'spec.limits.gpu', { limits: { gpu: 1 } }),
  refused('an empty message', 'spec.message', { message: '' }),
  refused('a long message', 'spec.message', { message: 'x'.repeat(513) }),
  refused('a number as message', 'spec.message', { message: 7 }),
  refused('an empty glob', 'spec.presets.allow[0]', { presets: { allow: [''] } }),
  refused('no glob', 'spec.instanceTypes.deny[0]', { instanceTypes: { deny: [null] } }),
  refused('a long glob', 'spec.registries.deny[0]', { registries: { deny: [LONG] } }),
  refused('a number as glob', 'spec.tuningHosts.allow[0]', { tuningHosts: { allow: [1] } }),
  refused('too many globs', 'spec.registries.allow', { registries: { allow: MANY } }),
  refused('a text in place of a list', 'spec.presets.allow', { presets: { allow: 'phi-*' } }),
  refused('a list in place of globs', 'spec.presets', { presets: ['phi-*'] }),
  refused('an unknown runtime', 'spec.runtimes[0]', { runtimes: ['sglang'] }),
  refused('a negative limit', 'spec.limits.gpus', { limits: { gpus: -1 } }),
  refused('half a GPU', 'spec.limits.gpusPerPod', { limits: { gpusPerPod: 0.5 } }),
  refused('a count as text', 'spec.limits.nodes', { limits: { nodes: '8' } }),
  refused('a cost as number', 'spec.limits.costPerHour', { limits: { costPerHour: 40 } }),
  refused('a negative cost', 'spec.limits.costPerHour', { limits: { costPerHour: '-1' } }),
  refused('a cost with a currency', 'spec.limits.costPerHour', { limits: { costPerHour: '40 USD' } }),
  refused('an empty cost', 'spec.limits.costPerHour', { limits: { costPerHour: '' } }),
  refused('a grace without unit', 'spec.maxIdleGrace', { maxIdleGrace: '10' }),
  refused('a negative grace', 'spec.maxIdleGrace', { maxIdleGrace: '-5m' }),
  refused('a grace of a thousand years', 'spec.maxIdleGrace', { maxIdleGrace: '8760000h' }),
  refused('a mirror without origin', 'spec.mirrors[0].from', { mirrors: [{ to: 'registry.local' }] }),
  refused('a mirror without place', 'spec.mirrors[0].to', { mirrors: [{ from: 'mcr.microsoft.com' }] }),
  refused(
    'a scheme in a registry',
    'spec.mirrors[0].from',
    mirror('https://mcr.microsoft.com', 'registry.local'),
  ),
  refused(
    'an image mirror by URL',
    'spec.mirrors[0].to',
    mirror('mcr.microsoft.com', 'https://registry.local'),
  ),
  refused('capitals in a registry', 'spec.mirrors[0].to', mirror('mcr.microsoft.com', 'Registry.local')),
  refused('Hugging Face by a host', 'spec.mirrors[0].to', mirror('huggingface.co', 'hf.local')),
  refused('Hugging Face by another scheme', 'spec.mirrors[0].to', mirror('huggingface.co', 'ftp://hf.local')),
  refused('a URL with a blank', 'spec.mirrors[0].to', mirror('huggingface.co', 'https://hf local')),
  refused('a URL without a host', 'spec.mirrors[0].to', mirror('huggingface.co', 'https://')),
  refused('the same registry twice', 'spec.mirrors[1].from', {
    mirrors: [
      { from: 'mcr.microsoft.com', to: 'registry.local/a' },
      { from: 'mcr.microsoft.com', to: 'registry.local/b' },
    ],
  }),
  refused(
    'an unknown operator',
    'spec.namespaceSelector.matchExpressions[0].operator',
    expression('Equals', ['a']),
  ),
  refused('In without values', VALUES, expression('In')),
  refused('NotIn with no value', VALUES, expression('NotIn', [])),
  refused('Exists with values', VALUES, expression('Exists', ['a'])),
  refused('an expression without key', 'spec.namespaceSelector.matchExpressions[0].key', {
    namespaceSelector: { matchExpressions: [{ operator: 'Exists' }] },
  }),
  refused('a number as label', 'spec.namespaceSelector.matchLabels[team]', {
    namespaceSelector: { matchLabels: { team: 1 } },
  }),
  refused('too many labels', 'spec.namespaceSelector.matchLabels', {
    namespaceSelector: { matchLabels: Object.fromEntries(MANY.map(name => [name, ''])) },
  }),
]
