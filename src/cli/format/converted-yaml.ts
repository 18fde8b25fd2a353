// Pipeline: cli. Converted documents as YAML: what a conversion has to say stands as comments above its first object.
import { Document } from 'yaml'
import type { JsonObject } from '../../core/api/json.ts'
import type { Conversion } from '../../core/convert/convert.ts'
import type { ConvertedDocument, ConvertedObject } from '../convert.ts'
import { referenceTo } from '../subject-name.ts'
import { KUBECTL_YAML } from '../yaml-dialect.ts'
import { joinDocuments } from './yaml.ts'

/** All documents in order; those without anything of upstream's letter for letter. */
export function formatConvertedYaml(converted: readonly ConvertedDocument[]): string {
  return joinDocuments(converted.flatMap(documentTexts))
}

function documentTexts({ document, objects }: ConvertedDocument): readonly string[] {
  if (objects.every(({ conversion }) => conversion === undefined)) return [document.text]
  const comments = leadingComments(document.text)
  return objects.flatMap((object, index) => objectTexts(object, index === 0 ? comments : []))
}

/** Comments above everything else; those inside of an upstream object go with it. */
function leadingComments(text: string): readonly string[] {
  const lines = text.split(/\r?\n/)
  const end = lines.findIndex(line => !/^\s*(#|$)|^---/.test(line))
  return lines
    .slice(0, end < 0 ? lines.length : end)
    .flatMap(line => /^\s*#(.*)$/.exec(line)?.slice(1, 2) ?? [])
}

function objectTexts(
  { source, conversion }: ConvertedObject,
  comments: readonly string[],
): readonly string[] {
  if (conversion === undefined) return [objectText(source.object, comments)]
  const said = [...comments, ...notes(source.object, conversion)]
  const [first, ...others] = conversion.objects
  if (first === undefined) return [said.map(line => `#${line}\n`).join('')]
  return [objectText(first, said), ...others.map(object => objectText(object, []))]
}

function notes(object: JsonObject, conversion: Conversion): readonly string[] {
  const { apiVersion, kind, name } = referenceTo(object)
  return [
    ` kaito-native: converted from ${kind}/${name} (${apiVersion})`,
    ...conversion.notes.map(({ field, text }) => ` kaito-native: ${field}: ${text}`),
  ]
}

function objectText(object: JsonObject, comments: readonly string[]): string {
  const document = new Document(object, { ...KUBECTL_YAML, aliasDuplicateObjects: false })
  const text = document.toString({ lineWidth: 0, flowCollectionPadding: false })
  return comments.map(line => `#${line}\n`).join('') + text
}
