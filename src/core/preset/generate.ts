// Pipeline: preset. An entry of presets/*.yaml → the catalogue's Preset: KAITO's generator rules fill in everything that
// the entry does not say. Pure; one file a generation (kaito-0.12.ts, kaito-0.4.ts).

import type { Cloud } from '../api/names.ts'
import type { InstanceType, Preset, PresetRevision } from './catalogue.ts'
import type { InstanceTypeEntry, PresetEntry } from './entry.ts'
import { entryName } from './entry-name.ts'
import { kaito012Revision } from './kaito-0.12.ts'
import { kaito04Revision } from './kaito-0.4.ts'

/** The preset that an entry stands for. No revisions are left where the entry rules out both generations. */
export function generatePreset(entry: PresetEntry): Preset {
  return {
    name: entryName(entry),
    huggingFaceId: entry.id,
    aliases: entry.aliases ?? [],
    licence: entry.licence ?? 'unknown',
    gated: entry.gated ?? false,
    architectures: entry.architectures,
    revisions: newestFirst(entry),
  }
}

function newestFirst(entry: PresetEntry): readonly PresetRevision[] {
  const { 'kaito-0.12': newer = {}, 'kaito-0.4': older } = entry
  return [
    ...(newer === false ? [] : [kaito012Revision(entry, newer)]),
    ...(older === undefined ? [] : [kaito04Revision(entry, older)]),
  ]
}

/** The instance type that a row stands for. */
export function generateInstanceType(cloud: Cloud, entry: InstanceTypeEntry): InstanceType {
  const { price, vendor = 'nvidia', ...rest } = entry
  return { ...rest, cloud, vendor, ...(price === undefined ? {} : { pricePerHour: price.perHour }) }
}
