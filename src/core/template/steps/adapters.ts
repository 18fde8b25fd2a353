// Pipeline: template. /mnt/adapter/<name>, where KAITO's servers look for LoRA adapters: each is copied from its image before
// the server starts. Where the user mounts something there, those are the user's adapters, and ours would not be seen.
import type { Adapter } from '../../api/adapters.ts'
import { toDnsLabel } from '../../api/dns-label.ts'
import type { Edit } from '../edit.ts'
import { imageFilesEdits, IMAGE_FILES_FOOTPRINT } from '../image-files.ts'
import type { Step, StepInput } from '../step.ts'
import { isMounted, mountEdits, MOUNT_FOOTPRINT } from './mount.ts'

export const ADAPTERS_FOLDER = '/mnt/adapter'
const VOLUME = 'kaito-adapters'

export const ADAPTERS: Step = {
  name: 'adapters',
  footprint: [...MOUNT_FOOTPRINT, ...IMAGE_FILES_FOOTPRINT, ['{container}', 'env', '*']],
  edits: input => {
    const { adapters } = input.intent
    if (adapters.length === 0) return []
    // Not read-only: then the user could not mount a volume of adapters below it.
    const mount = { volume: VOLUME, source: { emptyDir: {} }, mountPath: ADAPTERS_FOLDER }
    const files = isMounted(input.container, ADAPTERS_FOLDER)
      ? []
      : adapters.flatMap(adapter => adapterFiles(input, adapter))
    return [...mountEdits(input, mount), ...files, ...strengths(input)]
  },
}

function adapterFiles(input: StepInput, { name, image }: Adapter): readonly Edit[] {
  return imageFilesEdits(input, {
    name: toDnsLabel(`kaito-adapter-${name}`),
    image,
    folder: 'data',
    volume: VOLUME,
    mountPath: ADAPTERS_FOLDER,
    to: `${ADAPTERS_FOLDER}/${name}`,
    file: 'adapter_config.json',
  })
}

/** The transformers server reads the strength of an adapter from the variable of that name; vLLM has no such thing. */
function strengths({ intent, runtime, at }: StepInput): readonly Edit[] {
  if (runtime !== 'transformers') return []
  return intent.adapters.flatMap(({ name, strength }) =>
    strength === undefined
      ? []
      : [{ path: [...at.container, 'env', name], value: { name, value: strength } }],
  )
}
