// Pipeline: template. /mnt/data, where the trainer looks for its data: downloaded, out of an image, or the user's own
// volume `data`.
import type { Edit } from '../edit.ts'
import { IMAGE_FILES_FOOTPRINT, imageFilesEdits } from '../image-files.ts'
import { initContainer } from '../own-container.ts'
import type { Step, StepInput } from '../step.ts'
import { DATA_FOLDER, DATA_VOLUME, DOWNLOAD_IMAGE, OUR_DATA_VOLUME } from '../tuning-layout.ts'
import { MOUNT_FOOTPRINT, mountEdits, type Mount } from './mount.ts'

const INIT_CONTAINER = 'kaito-data'

export const TUNING_DATA: Step = {
  name: 'tuning-data',
  footprint: [...MOUNT_FOOTPRINT, ...IMAGE_FILES_FOOTPRINT],
  edits: input => {
    const { tuning } = input.intent
    if (tuning === undefined) return []
    const ours: Mount = { volume: OUR_DATA_VOLUME, source: { emptyDir: {} }, mountPath: DATA_FOLDER }
    if (tuning.urls.length > 0) return [...mountEdits(input, ours), download(input, tuning.urls)]
    if (tuning.inputImage === undefined)
      return mountEdits(input, { volume: DATA_VOLUME, mountPath: DATA_FOLDER })
    // A folder of the volume: the volume itself cannot be made anew when a broken copy is tried again.
    return [...mountEdits(input, { ...ours, subPath: 'data' }), ...extraction(input, tuning.inputImage)]
  },
}

function download(input: StepInput, urls: readonly string[]): Edit {
  // Kubernetes reads `$(NAME)` in variables, and `$$` as one dollar.
  const text = urls.join(' ').replaceAll('$', '$$$$')
  return initContainer(input, INIT_CONTAINER, {
    image: DOWNLOAD_IMAGE,
    command: ['/bin/sh', '-c', input.scripts.tuningDownload, INIT_CONTAINER],
    env: { DATA_URLS: text, DATA_VOLUME_PATH: DATA_FOLDER },
    volumeMounts: [{ mountPath: DATA_FOLDER, name: OUR_DATA_VOLUME }],
  })
}

function extraction(input: StepInput, image: string): readonly Edit[] {
  const to = { volume: OUR_DATA_VOLUME, mountPath: '/mnt', to: DATA_FOLDER }
  return imageFilesEdits(input, { name: INIT_CONTAINER, image, folder: 'data', ...to, file: '' })
}
