// Pipeline: preset. The sentence for a preset that names nothing, in Kubernetes' wording.

import type { FieldError } from '../api/field-error.ts'
import type { PresetProblem } from './resolve.ts'

/** The mistake at `field` (`metadata.annotations[kaito.sh/preset]`): what was meant, or what to add. */
export function presetFieldError(problem: PresetProblem, field: string): FieldError {
  const { code, text } = problem
  if (code === 'UnknownRevision') {
    return { type: 'NotSupported', field, value: text, detail: supportedRevisions(problem), code }
  }
  return { type: 'NotFound', field, value: text, detail: unknownDetail(problem), code }
}

function supportedRevisions({ preset }: Extract<PresetProblem, { code: 'UnknownRevision' }>): string {
  return `supported values: ${preset.revisions.map(revision => `"${preset.name}@${revision.name}"`).join(', ')}`
}

function unknownDetail({ nearest, entry }: Extract<PresetProblem, { code: 'UnknownPreset' }>): string {
  const meant = nearest.length === 0 ? [] : [`did you mean ${nearest.map(name => `"${name}"`).join(' or ')}?`]
  const remedy =
    entry === undefined
      ? '`kaito-native presets` lists what there is'
      : `to add it, fill in this entry of the catalogue (presets/README.md):\n${entry}`
  const first = 'the catalogue has no such preset'
  return (entry === undefined ? [first, remedy, ...meant] : [first, ...meant, remedy]).join('; ')
}
