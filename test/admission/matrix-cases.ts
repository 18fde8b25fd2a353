// The life of each row of the matrix as a workload file: created, changed version by version, moved to another preset and
// another instance type, and rid of its annotation.
import type { Row } from './matrix-builders.ts'
import { MATRIX } from './matrix-rows.ts'
import { OWN_IMAGE, PRESET, type Field, type Kind, type WorkloadFile } from './workloads.ts'

/** A row for one kind. */
export interface Case extends Row {
  readonly kind: Kind
  readonly name: string
}

/** One step in the life of a file. */
export interface Step {
  readonly title: string
  /** The file is the one of the step before: nothing at all may change. */
  readonly unchanged?: true
  /** Controllers and kubectl are asked as well. */
  readonly thorough?: true
  readonly file: (row: Case) => WorkloadFile
}

const KINDS: readonly Kind[] = ['Deployment', 'StatefulSet']
const OTHER_PRESET = 'phi-3-mini-4k-instruct@kaito-0.4'
const OTHER_INSTANCE_TYPE = 'Standard_NC96ads_A100_v4'

/** Every row for every kind that it is for. */
export const CASES: readonly Case[] = Object.values(MATRIX).flat().flatMap(casesOf)

/** Creation, the file's versions, another preset, another instance type, and the end of the annotation. */
export const STEPS: readonly Step[] = stepsOf(Math.max(...CASES.map(row => row.versions.length)))

function stepsOf(versions: number): readonly Step[] {
  const again = (step: Step): Step => ({ ...step, title: `${step.title}, again`, unchanged: true })
  const created: Step = { title: 'created', file: row => fileOf(row, 0) }
  const removed: Step = { title: 'last field removed', file: row => fileOf(row, versions - 1) }
  const back: Step = { title: 'fields are back', file: row => laterFile(row, {}) }
  const otherPreset: Step = { title: 'another preset', file: row => laterFile(row, { preset: OTHER_PRESET }) }
  return [
    created,
    { ...again(created), thorough: true },
    ...Array.from({ length: versions - 2 }, (_, index) => ({
      title: `version ${index + 2}`,
      file: (row: Case) => fileOf(row, index + 1),
    })),
    removed,
    again(removed),
    back,
    again(back),
    otherPreset,
    again(otherPreset),
    {
      title: 'another instance type',
      file: row => laterFile(row, { 'instance-type': row.otherInstanceType ?? OTHER_INSTANCE_TYPE }),
    },
    { title: 'annotation removed', file: fileWithoutAnnotation },
  ]
}

function casesOf(row: Row): readonly Case[] {
  const name = row.title.replaceAll(' ', '-')
  return (row.kinds ?? KINDS).map(kind => Object.assign({ kind, name }, row))
}

/** One version of a row's file; a row with fewer stays at its last. */
function fileOf(
  row: Case,
  version: number,
  annotations: Readonly<Record<string, string>> = {},
): WorkloadFile {
  const { kind, name, versions } = row
  const fields = versions[Math.min(version, versions.length - 1)] ?? []
  return { kind, name, annotations: { preset: PRESET, ...row.annotations, ...annotations }, fields }
}

/** All fields are back, in the same write as another intent. */
function laterFile(row: Case, annotations: Readonly<Record<string, string>>): WorkloadFile {
  return fileOf(row, row.fromStart === undefined ? 0 : row.versions.length - 1, annotations)
}

/** An image is needed then. */
function fileWithoutAnnotation(row: Case): WorkloadFile {
  const { kind, name, versions } = row
  const fields = (row.needsPreset === true || row.fromStart !== undefined ? [] : versions[0]) ?? []
  const hasImage = fields.some(({ at }) => at.at(-1) === 'image')
  const image: Field = { at: ['{container}', 'image'], value: OWN_IMAGE }
  return { kind, name, annotations: {}, fields: hasImage ? fields : [...fields, image] }
}
