// Pipeline: cli. `presets`: what there is to name in kaito.sh/preset.
import { RUNTIMES } from '../core/api/names.ts'
import { GIB } from '../core/sizing/estimate.ts'
import type { Preset, PresetRevision } from '../core/preset/catalogue.ts'
import { openCatalogue } from './catalogue.ts'
import { formatJson } from './format/json.ts'
import { formatTable } from './format/table.ts'
import type { Io } from './io.ts'
import { namedPreset } from './named-preset.ts'

export interface PresetsOptions {
  readonly name?: string
  readonly output: 'table' | 'json' | 'yaml'
  readonly catalogue?: string
}

export interface PresetRow {
  readonly name: string
  readonly huggingFaceId: string
  readonly revisions: readonly string[]
  readonly runtimes: readonly string[]
  readonly tunable: boolean
  readonly licence: string
  readonly sizeGiB: number
  readonly maxModelLen: number
  readonly aliases: readonly string[]
}

/** Runs the command; the exit code. */
export async function runPresets(options: PresetsOptions, io: Io): Promise<number> {
  const catalogue = await openCatalogue(options.catalogue)
  const presets = options.name === undefined ? catalogue.presets : [namedPreset(catalogue, options.name)]
  const rows = presets.map(toRow).toSorted((a, b) => (a.name < b.name ? -1 : 1))
  io.out(await format(rows, options.output))
  return 0
}

function toRow(preset: Preset): PresetRow {
  const { revisions } = preset
  const [newest] = revisions as readonly [PresetRevision]
  return {
    name: preset.name,
    huggingFaceId: preset.huggingFaceId,
    revisions: revisions.map(({ name }) => name),
    runtimes: RUNTIMES.filter(runtime => revisions.some(({ runtimes }) => Object.hasOwn(runtimes, runtime))),
    tunable: revisions.some(({ tuning }) => tuning !== undefined),
    licence: preset.licence,
    sizeGiB: Math.round((newest.figures.weightBytes / GIB) * 100) / 100,
    maxModelLen: newest.figures.maxModelLen,
    aliases: preset.aliases,
  }
}

async function format(rows: readonly PresetRow[], output: PresetsOptions['output']): Promise<string> {
  if (output === 'json') return formatJson(rows)
  if (output === 'yaml') return (await import('yaml')).stringify(rows, { lineWidth: 0 })
  return formatTable(
    ['NAME', 'HUGGING FACE ID', 'SIZE', 'CONTEXT', 'RUNTIMES', 'TUNABLE', 'REVISIONS', 'LICENCE', 'ALIASES'],
    rows.map(row => [
      row.name,
      row.huggingFaceId,
      `${row.sizeGiB}Gi`,
      String(row.maxModelLen),
      row.runtimes.join(','),
      String(row.tunable),
      row.revisions.join(','),
      row.licence,
      row.aliases.join(','),
    ]),
  )
}
