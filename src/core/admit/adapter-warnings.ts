// Pipeline: admit. What people should know of the adapters of a new plan: under which names clients find them, and what of
// them has no effect.
import { isServer, type StepInput } from '../template/step.ts'
import { ADAPTERS_FOLDER } from '../template/steps/adapters.ts'
import { isMounted } from '../template/steps/mount.ts'

/** None for a plan without adapters. */
export function adapterWarnings(input: StepInput): readonly string[] {
  const names = input.intent.adapters.map(({ name }) => name)
  if (names.length === 0) return []
  if (isMounted(input.container, ADAPTERS_FOLDER)) return [ownFolder(input)]
  return [...servedWarnings(input, names), ...strengthWarnings(input)]
}

function ownFolder({ containerName }: StepInput): string {
  return `container ${containerName} has a volume of its own at ${ADAPTERS_FOLDER}: the adapters of the annotation are left out`
}

function servedWarnings(input: StepInput, names: readonly string[]): readonly string[] {
  if (!isServer(input))
    return [`the adapters are in ${ADAPTERS_FOLDER}: what the container runs has to load them by itself`]
  if (input.runtime !== 'vllm') return []
  return [`${ALSO_FIND}${names.length === 1 ? 'model' : 'models'} ${names.join(', ')}`]
}

const ALSO_FIND = 'clients also find '

/** True for what only says how to call the adapters. */
export function isServedWarning(warning: string): boolean {
  return warning.startsWith(ALSO_FIND)
}

/** Upstream refuses it (KAITO v0.12.0 api/v1beta1/workspace_validation.go); the adapter itself works all the same. */
function strengthWarnings({ intent, runtime }: StepInput): readonly string[] {
  const names = intent.adapters.filter(({ strength }) => strength !== undefined).map(({ name }) => name)
  if (runtime !== 'vllm' || names.length === 0) return []
  return [`the vllm runtime applies no strength: that of ${names.join(', ')} has no effect`]
}
