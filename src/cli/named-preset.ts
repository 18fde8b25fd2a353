// Pipeline: cli. A preset named on the command line.
import { presetFieldError } from '../core/preset/preset-field-error.ts'
import { resolvePreset, type ResolvedPreset } from '../core/preset/resolve.ts'
import type { Catalogue, Preset } from '../core/preset/catalogue.ts'
import { formatFieldError } from '../core/api/field-error.ts'
import { CommandError } from './io.ts'

/** The entry, and the revision where the text pins one; an unknown name ends the command. */
export function resolvedPreset(catalogue: Catalogue, text: string): ResolvedPreset {
  const resolved = resolvePreset(catalogue, text)
  if (!resolved.ok) throw new CommandError([formatFieldError(presetFieldError(resolved.problem, 'PRESET'))])
  return resolved.value
}

export function namedPreset(catalogue: Catalogue, text: string): Preset {
  return resolvedPreset(catalogue, text).preset
}
