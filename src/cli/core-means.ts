// Pipeline: cli. What the core cannot have by itself, the same for every command: a YAML parser, the scripts of pods; and no
// policies, where nobody gives any.
import type { AdmissionContext } from '../core/admit/context.ts'
import { WITHOUT_POLICIES } from '../core/policy/policy-facts.ts'
import { parseYaml } from './parse-yaml.ts'
import { readPodScripts } from './pod-scripts.ts'

/** To be made once: plans are remembered by the identity of what they were made with. */
export function createCoreMeans(): Pick<AdmissionContext, 'parseYaml' | 'scripts' | 'policy'> {
  return { parseYaml, scripts: readPodScripts(), policy: WITHOUT_POLICIES }
}
