// Pipeline: cli. `convert`: upstream's Workspaces and InferenceSets as native workloads; every other document is printed as
// it is, in its place.
import { OFFLINE_FACTS, type AdmissionContext } from '../core/admit/context.ts'
import { formatFieldError } from '../core/api/field-error.ts'
import type { Json, JsonObject } from '../core/api/json.ts'
import { convertObject, UPSTREAM_GROUP, type Conversion } from '../core/convert/convert.ts'
import { openCatalogue } from './catalogue.ts'
import { createCoreMeans } from './core-means.ts'
import { objectsOf, parseDocuments, type SourceDocument, type SourceObject } from './documents.ts'
import { formatConvertedYaml } from './format/converted-yaml.ts'
import { formatObjects } from './format/json.ts'
import { readInput, type Io } from './io.ts'
import { shortReference } from './subject-name.ts'

/** The command line. */
export interface ConvertOptions {
  readonly file: string
  readonly output: 'yaml' | 'json'
  readonly catalogue?: string
}

/** An object of the file, with what became of it if it is one of upstream's. */
export interface ConvertedObject {
  readonly source: SourceObject
  readonly conversion: Conversion | undefined
}

/** A document with its objects. */
export interface ConvertedDocument {
  readonly document: SourceDocument
  readonly objects: readonly ConvertedObject[]
}

/** Runs the command; the exit code. */
export async function runConvert(options: ConvertOptions, io: Io): Promise<number> {
  const documents = parseDocuments(options.file, await readInput(options.file))
  const catalogue = await openCatalogue(options.catalogue)
  const converted = convertDocuments(documents, { catalogue, facts: OFFLINE_FACTS, ...createCoreMeans() })
  const objects = converted.flatMap(document => document.objects)
  for (const object of objects) report(object, options, io)
  if (objects.some(({ conversion }) => (conversion?.errors.length ?? 0) > 0)) return 1
  io.out(options.output === 'yaml' ? formatConvertedYaml(converted) : formatObjects(values(converted)))
  return 0
}

function convertDocuments(
  documents: readonly SourceDocument[],
  context: AdmissionContext,
): readonly ConvertedDocument[] {
  const sources = objectsOf(documents)
  return documents.map(document => ({
    document,
    objects: sources
      .filter(source => source.document === document)
      .map(source => ({ source, conversion: convertObject(source.object, context) })),
  }))
}

/** Mistakes, and the notes where no comment tells them: a misspelt field may be behind a mistake. */
function report({ source: { object }, conversion }: ConvertedObject, options: ConvertOptions, io: Io): void {
  const name = shortReference(object)
  if (conversion === undefined) {
    if (isUpstreams(object)) io.err(`warning: ${name}: has no native equivalent, printed as it is`)
    return
  }
  const { errors, notes } = conversion
  if (errors.length > 0) io.err(`error: ${options.file}: ${name} cannot be converted:`)
  for (const error of errors) io.err(`  ${formatFieldError(error).replaceAll('\n', '\n  ')}`)
  if (options.output === 'json' || errors.length > 0)
    for (const { field, text } of notes) io.err(`warning: ${name}: ${field}: ${text}`)
}

/** Of a kind (RAGEngine) or a version that is not converted. */
function isUpstreams({ apiVersion }: JsonObject): boolean {
  return typeof apiVersion === 'string' && apiVersion.startsWith(`${UPSTREAM_GROUP}/`)
}

/** A List that held something of upstream's comes apart into its items. */
function values(converted: readonly ConvertedDocument[]): readonly Json[] {
  return converted.flatMap(({ document, objects }) => {
    if (objects.some(({ conversion }) => conversion !== undefined))
      return objects.flatMap(({ source, conversion }) => conversion?.objects ?? [source.object])
    return document.value === null ? [] : [document.value]
  })
}
