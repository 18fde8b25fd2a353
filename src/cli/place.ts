// Pipeline: cli. Where in the user's file the field of a mistake stands: the very field, or what is nearest above it.
import { isAlias, isMap, isNode, isScalar, isSeq, type Pair } from 'yaml'
import type { Json } from '../core/api/json.ts'
import { entryKey } from '../core/patch/locate.ts'
import type { SourceObject } from './documents.ts'
import { positionOf, type Position, type SourceFile } from './source-file.ts'

/** A piece of a file; the end is the first position after it. */
export interface Place {
  readonly file: string
  readonly start: Position
  readonly end: Position
}

/** `FILE:LINE:COLUMN` of where it begins. */
export function formatPlace({ file, start }: Place): string {
  return `${file}:${start.line}:${start.column}`
}

/** What was found so far: offsets of a field with its key, and its value to go on from. */
interface Found {
  readonly start: number
  readonly end: number
  readonly value: unknown
}

/**
 * The place of a field of an object, by its path as Kubernetes writes it (`spec.template.spec.containers[0].image`,
 * `metadata.annotations[kaito.sh/runtime]`); entries of lists by position or merge key. A field that is not there has the
 * place of what is nearest above it, that one's first line only.
 */
export function placeOf(source: SourceObject, field: string): Place {
  const { document } = source
  const { file } = document
  const steps = [...source.at.split('/').slice(1), ...fieldSteps(field)]
  let found = wholeOf(document.yaml.contents)
  for (const [depth, step] of steps.entries()) {
    const next = enter(resolved(found.value, source), step, steps[depth - 1] ?? '', source)
    if (next === undefined)
      return toPlace(file, found.start, Math.min(found.end, endOfLine(file, found.start)))
    found = next
  }
  return toPlace(file, found.start, found.end)
}

/** The names and positions that a field's path is made of. */
function fieldSteps(field: string): readonly string[] {
  return [...field.matchAll(/\[([^\]]*)\]|([^.[\]]+)/g)].map(
    ([, inBrackets, name]) => inBrackets ?? name ?? '',
  )
}

function enter(node: unknown, step: string, list: string, source: SourceObject): Found | undefined {
  if (isSeq(node)) {
    const index =
      /^\d+$/.test(step) && Number(step) < node.items.length
        ? Number(step)
        : indexByKey(node.toJS(source.document.yaml), list, step)
    return isNode(node.items[index]) ? wholeOf(node.items[index]) : undefined
  }
  return isMap(node) ? member(node.items, step, source) : undefined
}

function indexByKey(entries: unknown, list: string, key: string): number {
  return Array.isArray(entries) ? entries.findIndex((entry: Json) => entryKey(entry, list) === key) : -1
}

/** A member of a map; one that is merged in (`<<`) where it is written itself. */
function member(pairs: readonly Pair[], name: string, source: SourceObject): Found | undefined {
  const own = pairs.find(
    ({ key }) => isScalar(key) && typeof key.value !== 'symbol' && String(key.value) === name,
  )
  if (own !== undefined) return pairOf(own)
  return pairs
    .filter(isMerge)
    .flatMap(({ value }) => mergedMaps(value, source))
    .map(items => member(items, name, source))
    .find(found => found !== undefined)
}

function isMerge({ key }: Pair): boolean {
  return isScalar(key) && typeof key.value === 'symbol'
}

function mergedMaps(value: unknown, source: SourceObject): readonly (readonly Pair[])[] {
  const node = resolved(value, source)
  const maps = isSeq(node) ? node.items.map(item => resolved(item, source)) : [node]
  return maps.filter(isMap).map(({ items }) => items)
}

function resolved(value: unknown, { document }: SourceObject): unknown {
  return isAlias(value) ? value.resolve(document.yaml) : value
}

function pairOf({ key, value }: Pair): Found {
  const ofKey = wholeOf(key)
  return { start: ofKey.start, end: Math.max(ofKey.end, wholeOf(value).end), value }
}

function wholeOf(value: unknown): Found {
  const [start = 0, end = 0] = (isNode(value) ? value.range : undefined) ?? []
  return { start, end, value }
}

function endOfLine({ text }: SourceFile, offset: number): number {
  const end = text.indexOf('\n', offset)
  return end < 0 ? text.length : end
}

/** Block values end with their last line's end: the place ends before it. */
function toPlace(file: SourceFile, start: number, end: number): Place {
  const used = file.text.slice(start, end).trimEnd().length
  return { file: file.name, start: positionOf(file, start), end: positionOf(file, start + used) }
}
