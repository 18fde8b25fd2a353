// PresetPolicies: manifests with every field, and the same with something odd in one place or another.
import type { Json, JsonObject } from '../../src/core/api/json.ts'
import type { Random } from '../controller/random.ts'
import { oddAt, oddText, once, oneOf, someOf } from './make-json.ts'

const GLOBS = [
  '*',
  'phi-*',
  '*-70b-*',
  'microsoft/*',
  'mcr.microsoft.com/aks/kaito/*',
  '*.blob.core.windows.net',
  'Standard_NC*',
]

/** One manifest. */
export function policyOf(random: Random): Json {
  const manifest = {
    apiVersion: 'policy.kaito.sh/v1alpha1',
    kind: 'PresetPolicy',
    metadata: { name: oneOf(random, ['team-a', 'all', 'z']) },
    spec: { enforcement: oneOf(random, ['Deny', 'Warn', 'Audit']), ...someOf(random, fieldsOf(random)) },
  }
  return once(random, 2) ? manifest : oddAt(random, manifest)
}

function fieldsOf(random: Random): Readonly<Record<string, Json>> {
  const globs = (): readonly string[] => Array.from({ length: 1 + random.below(4) }, () => globOf(random))
  const both = (): JsonObject => someOf(random, { allow: globs(), deny: globs() })
  return {
    namespaceSelector: someOf(random, {
      matchLabels: { team: 'a' },
      matchExpressions: [
        { key: 'team', operator: 'In', values: ['a', 'b'] },
        { key: 'x', operator: 'Exists' },
      ],
    }),
    message: 'ask in #gpu-platform',
    presets: both(),
    runtimes: ['vllm'],
    instanceTypes: both(),
    registries: both(),
    tuningHosts: both(),
    limits: someOf(random, { gpusPerPod: 4, gpusPerWorkload: 8, gpus: 16, nodes: 8, costPerHour: '40.5' }),
    maxIdleGrace: '10m',
    mirrors: [
      { from: 'mcr.microsoft.com', to: 'registry.local/mcr' },
      { from: 'huggingface.co', to: 'https://hf.local' },
    ],
  }
}

/** Now and then one that a backtracking matcher would never finish. */
function globOf(random: Random): string {
  if (once(random, 15)) return `${'*a'.repeat(1 + random.below(120))}*b`
  return once(random, 15) ? oddText(random).slice(0, 300) : oneOf(random, GLOBS)
}
