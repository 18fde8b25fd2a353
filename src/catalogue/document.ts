// Adapter: catalogue. The two kinds of catalogue documents, after validation by their schema; the first key tells which.

import type { Cloud } from '../core/api/names.ts'
import type { InstanceTypeEntry, PresetEntry } from '../core/preset/entry.ts'

export interface PresetDocument {
  readonly presets: readonly PresetEntry[]
}

export interface InstanceTypeDocument {
  readonly cloud: Cloud
  readonly instanceTypes: readonly InstanceTypeEntry[]
}

export type DocumentContent = PresetDocument | InstanceTypeDocument

/** Text of one file, or of one key of a ConfigMap. */
export interface SourceText {
  readonly file: string
  readonly text: string
}

export interface Place {
  readonly line: number
  readonly column: number
}

/** Keys and positions that lead to a value: `['presets', 0, 'size']`. */
export type ValuePath = readonly (string | number)[]

export interface CatalogueDocument {
  readonly file: string
  readonly content: DocumentContent
  /** Where a value, or the nearest one around it, stands in the file. */
  readonly locate: (path: ValuePath) => Place
}
