// What the servers are asked to admit: the workloads of a large cluster. A hundred kinds of them, over twenty presets, each
// request under a name that was never seen before.
import { CONFIG_MARK, NAME_MARK, reviewText, type Shape } from './review.ts'

const PRESETS = [
  'deepseek-r1-distill-llama-8b',
  'deepseek-r1-distill-qwen-14b',
  'deepseek-v3-0324',
  'gemma-3-27b-it',
  'gemma-3-4b-it',
  'gpt-oss-120b',
  'gpt-oss-20b',
  'granite-4.1-8b',
  'llama-3.1-8b-instruct',
  'llama-3.3-70b-instruct',
  'ministral-3-8b-instruct-2512',
  'mistral-7b-instruct-v0.3',
  'mistral-small-4-119b-2603',
  'phi-3.5-mini-instruct',
  'phi-4',
  'phi-4-mini-instruct',
  'qwen2.5-coder-32b-instruct',
  'qwen2.5-coder-7b-instruct',
  'qwen3.5-9b',
  'qwen3.6-27b',
]

/** What five teams make of a preset. */
const TEAMS: readonly Omit<Shape, 'preset'>[] = [
  { replicas: 1, maxModelLen: '8192', memory: '48Gi', sidecar: false },
  { replicas: 2, maxModelLen: '8192', memory: '48Gi', sidecar: true },
  { replicas: 3, maxModelLen: '4096', memory: '64Gi', sidecar: true },
  { replicas: 2, maxModelLen: '4096', memory: '96Gi', sidecar: false },
  {
    replicas: 1,
    maxModelLen: '8192',
    memory: '200Gi',
    sidecar: true,
    instanceType: 'Standard_ND96isr_H200_v5',
  },
]

/** Every kind of workload, preset by preset. */
export const FLEET: readonly Shape[] = PRESETS.flatMap(preset =>
  TEAMS.map((team): Shape => Object.assign({ preset }, team)),
)

interface Share {
  /** How many of the fleet's kinds take part. */
  readonly kinds: number
  /** Of how many requests one is an intent that nobody has had before: another ConfigMap. */
  readonly newIntentEvery: number
}

/** What is asked for, from the easiest to the worst case. */
export const MIXES = {
  /** One template, rolled out for one tenant after the other. */
  'one template': { kinds: 1, newIntentEvery: Infinity },
  /** All of them, and new ones among them. */
  fleet: { kinds: FLEET.length, newIntentEvery: 20 },
  /** Nothing that a server remembers is of any use. */
  'new intents': { kinds: FLEET.length, newIntentEvery: 1 },
} as const satisfies Readonly<Record<string, Share>>
export type Mix = keyof typeof MIXES

/** Eight digits in the places of a mark. */
export function digitsOf(number: number): string {
  return String(number).padStart(NAME_MARK.length, '0')
}

/** The body of a request whose digits are known. */
export function bodyOf(shape: Shape, name: string, config: string): string {
  return reviewText(shape).replaceAll(NAME_MARK, name).replaceAll(CONFIG_MARK, config)
}
