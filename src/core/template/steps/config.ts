// Pipeline: template. /mnt/config: the user's ConfigMap, or the one with the defaults of tuning. The kaito-0.4 wrapper is always told to
// read that file, so without a ConfigMap it gets the pod's placement annotation through the downward API: JSON is YAML,
// and a mapping that has no settings in it leaves every default (its loader reads with `.get`).
import { PLACEMENT } from '../../api/annotations.ts'
import type { JsonObject } from '../../api/json.ts'
import { CONFIG_FOLDER } from '../command.ts'
import { isServer, type Step, type StepInput } from '../step.ts'
import { defaultConfigName } from '../tuning-layout.ts'
import { MOUNT_FOOTPRINT, mountEdits } from './mount.ts'

/** The API server's default mode of projected files (0644). */
const DEFAULT_MODE = 420

function sourceOf(input: StepInput): JsonObject | undefined {
  const { tuning, config = tuning && defaultConfigName(tuning.method) } = input.intent
  if (config !== undefined) return { configMap: { name: config, defaultMode: DEFAULT_MODE } }
  const needsFile = isServer(input) && input.revision.name === 'kaito-0.4' && input.runtime === 'vllm'
  if (!needsFile) return undefined
  const fieldRef = { apiVersion: 'v1', fieldPath: `metadata.annotations['${PLACEMENT}']` }
  return { downwardAPI: { defaultMode: DEFAULT_MODE, items: [{ path: 'inference_config.yaml', fieldRef }] } }
}

export const CONFIG: Step = {
  name: 'config',
  footprint: MOUNT_FOOTPRINT,
  edits: input => {
    const source = sourceOf(input)
    return source === undefined
      ? []
      : mountEdits(input, { volume: 'kaito-config', source, mountPath: CONFIG_FOLDER })
  },
}
