// A policy's manifest → typed, or every mistake in it at once.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { formatFieldError } from '../../../src/core/api/field-error.ts'
import type { JsonObject } from '../../../src/core/api/json.ts'
import { parsePolicy } from '../../../src/core/policy/parse-policy.ts'
import { makePolicy } from './make-policy.ts'
import { parsed } from './policies.ts'

function mistakesIn(manifest: JsonObject): readonly string[] {
  const result = parsePolicy(manifest)
  return result.ok ? [] : result.errors.map(formatFieldError)
}

describe('parsePolicy', () => {
  it("reads the contract's own example", () => {
    const spec = {
      enforcement: 'Deny',
      namespaceSelector: { matchLabels: { team: 'a' } },
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
        { from: 'huggingface.co', to: 'https://hf.local' },
      ],
    }
    const { maxIdleGrace: _, ...rest } = spec
    assert.deepEqual(parsed(makePolicy(spec)), {
      name: 'team-a',
      ...rest,
      namespaceSelector: [{ key: 'team', operator: 'In', values: ['a'] }],
      registries: { ...spec.registries, deny: [] },
      tuningHosts: { ...spec.tuningHosts, deny: [] },
      limits: { ...spec.limits, costPerHour: 40 },
      maxIdleGraceMs: 600_000,
    })
  })

  it('needs nothing but a name and the enforcement', () => {
    assert.equal(parsed(makePolicy({ enforcement: 'Audit' })).enforcement, 'Audit')
    assert.deepEqual(mistakesIn({ metadata: {}, spec: {} }), [
      'metadata.name: Required value: a policy has a name',
      'spec.enforcement: Required value: supported values: "Deny", "Warn", "Audit"',
    ])
  })

  it('tells all mistakes in one answer', () => {
    const spec = {
      enforcement: 'deny',
      namespaceSelector: { matchExpressions: [{ key: 'a', operator: 'In' }, { operator: 'Is' }] },
      preset: { allow: ['x'] },
      presets: { alow: ['x'], deny: 'x' },
      runtimes: ['vlm'],
      limits: { gpus: -1, nodes: 1.5, costPerHour: 40, gpusPerPod: '4' },
      maxIdleGrace: 'soon',
      mirrors: [{ from: 'https://x', to: 'y' }, { from: 'huggingface.co', to: 'hf.local' }, {}],
    }
    assert.deepEqual(mistakesIn(makePolicy(spec)), [
      'spec.preset: Invalid value: unknown field; known are enforcement, namespaceSelector, message, presets, runtimes, instanceTypes, registries, tuningHosts, limits, maxIdleGrace, mirrors; did you mean presets?',
      'spec.enforcement: Unsupported value: "deny": supported values: "Deny", "Warn", "Audit"',
      'spec.namespaceSelector.matchExpressions[0].values: Required value: In needs at least one value',
      'spec.namespaceSelector.matchExpressions[1].operator: Unsupported value: "Is": supported values: "In", "NotIn", "Exists", "DoesNotExist"',
      'spec.namespaceSelector.matchExpressions[1].key: Required value: the label that is looked at',
      'spec.presets.alow: Invalid value: unknown field; known are allow, deny; did you mean allow?',
      'spec.presets.deny: Invalid value: "x": must be a list',
      'spec.runtimes[0]: Unsupported value: "vlm": supported values: "vllm", "transformers"',
      'spec.limits.gpusPerPod: Invalid value: "4": must be a whole number, 0 or more',
      'spec.limits.gpus: Invalid value: "-1": must be a whole number, 0 or more',
      'spec.limits.nodes: Invalid value: "1.5": must be a whole number, 0 or more',
      'spec.limits.costPerHour: Invalid value: "40": must be a text: put it in quotes',
      'spec.maxIdleGrace: Invalid value: "soon": must be a Go duration like "5m", "90s" or "1h30m"',
      'spec.mirrors[0].from: Invalid value: "https://x": must be a registry, with or without the beginning of a path, in lower case and without a scheme, like "registry.local/mcr"',
      'spec.mirrors[1].to: Invalid value: "hf.local": the mirror of huggingface.co must be an http or https URL, like "https://hf.local"',
      'spec.mirrors[2].from: Required value: the registry that is mirrored',
      'spec.mirrors[2].to: Required value: where it is mirrored',
    ])
  })

  it('never throws, whatever the manifest', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('metadata', 'spec', '__proto__'), fc.jsonValue()),
        manifest => {
          const result = parsePolicy(manifest)
          assert.equal(result.ok, false)
        },
      ),
      { numRuns: 500 },
    )
  })
})
