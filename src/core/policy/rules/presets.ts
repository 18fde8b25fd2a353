// Pipeline: policy, rule. `presets`: which models, by the catalogue's name or the Hugging Face id.
import { globRefusal } from '../glob.ts'
import type { Rule } from '../rule.ts'

export const PRESETS: Rule = ({ preset, fields }, { presets }) => {
  if (preset === undefined) return []
  const { name, huggingFaceId } = preset
  const refusal = globRefusal(presets, huggingFaceId === undefined ? [name] : [name, huggingFaceId])
  return refusal === undefined
    ? []
    : [{ field: fields.preset, value: name, detail: refusal, code: 'PresetNotAllowed', rule: 'presets' }]
}
