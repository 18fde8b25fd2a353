// Adapter: catalogue. The entries of a source, generated, each with its place for messages.

import type { InstanceType, Preset } from '../core/preset/catalogue.ts'
import type { PresetEntry } from '../core/preset/entry.ts'
import { generateInstanceType, generatePreset } from '../core/preset/generate.ts'
import { mistakeAt } from './catalogue-error.ts'
import type { CatalogueError } from './catalogue-error.ts'
import type { CatalogueDocument, ValuePath } from './document.ts'
import { formatPath } from './value-path.ts'

export interface Entry<T> {
  readonly value: T
  /** `file:line`, for a message about another entry. */
  readonly where: () => string
  /** A mistake at a field of this entry. */
  readonly mistake: (field: ValuePath, message: string) => CatalogueError
}

export interface PresetSource extends Entry<Preset> {
  readonly entry: PresetEntry
}

/** The presets of all documents, in order. */
export function readPresets(documents: readonly CatalogueDocument[]): readonly PresetSource[] {
  return documents.flatMap(document => {
    const { content } = document
    if (!('presets' in content)) return []
    return content.presets.map((entry, index) =>
      Object.assign(placed(document, ['presets', index]), { entry, value: generatePreset(entry) }),
    )
  })
}

/** The instance types of all documents, in order. */
export function readInstanceTypes(documents: readonly CatalogueDocument[]): readonly Entry<InstanceType>[] {
  return documents.flatMap(document => {
    const { content } = document
    if (!('instanceTypes' in content)) return []
    return content.instanceTypes.map((entry, index) =>
      Object.assign(placed(document, ['instanceTypes', index]), {
        value: generateInstanceType(content.cloud, entry),
      }),
    )
  })
}

function placed({ file, locate }: CatalogueDocument, path: ValuePath): Omit<Entry<unknown>, 'value'> {
  return {
    where: () => `${file}:${locate(path).line}`,
    mistake: (field, message) => {
      const whole = [...path, ...field]
      return mistakeAt(file, locate(whole), `${formatPath(whole)}: ${message}`)
    },
  }
}
