// Pipeline: cli. A YAML or JSON file as Kubernetes objects: all documents in order, each with its own text, so that what
// is not changed is printed as it was, comments included. A List's items are objects of their own.
import { isDeepStrictEqual } from 'node:util'
import { Document, isCollection, LineCounter, parseAllDocuments, visit, type Alias, type Node } from 'yaml'
import { isObject, type Json, type JsonObject } from '../core/api/json.ts'
import type { Operation } from '../core/api/operation.ts'
import { applyOperations } from './apply.ts'
import { CommandError } from './io.ts'
import { messageOf } from './message-of.ts'
import { formatPosition, type SourceFile } from './source-file.ts'
import { KUBECTL_YAML } from './yaml-dialect.ts'

export interface SourceDocument {
  readonly file: SourceFile
  /** The document's part of the file, its `---` included: together they are the file, letter for letter. */
  readonly text: string
  readonly yaml: Document
  readonly value: Json
}

/** An object of a document: the document itself or an item of its List. */
export interface SourceObject {
  readonly object: JsonObject
  /** Pointer of the object inside its document: empty, or `/items/3`. */
  readonly at: string
  readonly document: SourceDocument
}

/** All documents of a file; empty ones (only comments, or nothing) have the value null. */
export function parseDocuments(file: string, text: string): readonly SourceDocument[] {
  const lines = new LineCounter()
  const source = { name: file, text, lines }
  const parsed = parseAllDocuments(text, { ...KUBECTL_YAML, lineCounter: lines, prettyErrors: false })
  const documents = 'empty' in parsed ? [new Document(null)] : parsed
  const errors = documents.flatMap(document => document.errors)
  if (errors.length > 0) {
    throw new CommandError(errors.map(error => `${formatPosition(source, error.pos[0])}: ${error.message}`))
  }
  return documents.map((yaml, index) => ({
    file: source,
    text: text.slice(documents[index - 1]?.range?.[2] ?? 0, documents[index + 1] && yaml.range?.[2]),
    yaml,
    value: valueOf(source, yaml),
  }))
}

/** Every object of the documents, in order. */
export function objectsOf(documents: readonly SourceDocument[]): readonly SourceObject[] {
  return documents.flatMap(document => {
    const { value } = document
    if (!isObject(value)) return []
    if (value['kind'] !== 'List' || !Array.isArray(value['items']))
      return [{ object: value, at: '', document }]
    return (value['items'] as readonly Json[]).flatMap((item, index) =>
      isObject(item) ? [{ object: item, at: `/items/${index}`, document }] : [],
    )
  })
}

/** The document with operations (pointers from its root) applied, as YAML text that keeps the comments. */
export function editedText(document: SourceDocument, operations: readonly Operation[]): string {
  const result = applyOperations(document.value, operations)
  const edited = unshared(document.yaml)
  const kept = applyToTree(edited, operations) && isDeepStrictEqual(edited.toJS(), result)
  const tree = kept ? edited : new Document(result, { ...KUBECTL_YAML, aliasDuplicateObjects: false })
  return tree.toString({ lineWidth: 0, ...layoutOf(document.text) })
}

/** The file's own habits, so that a diff shows what changes and nothing else. */
function layoutOf(text: string): { readonly flowCollectionPadding: boolean; readonly indentSeq: boolean } {
  const listUnderItsKey = /^( *)[^\s#-].*:[ \t]*\r?\n\1- /m
  return { flowCollectionPadding: /[{[] /.test(text), indentSeq: !listUnderItsKey.test(text) }
}

function valueOf(file: SourceFile, yaml: Document): Json {
  const endless = aliasWhere(yaml, (alias, above) => standsInItself(yaml, alias, above))
  if (endless !== undefined)
    throw new CommandError([`${formatPosition(file, endless)}: an anchor must not contain itself`])
  try {
    return yaml.toJS({ maxAliasCount: 100 }) as Json
  } catch (error) {
    const unresolved = aliasWhere(yaml, alias => alias.resolve(yaml) === undefined)
    const where = formatPosition(file, unresolved ?? yaml.range?.[0] ?? 0)
    throw new CommandError([`${where}: ${messageOf(error)}`])
  }
}

/** Its name is looked at first, because to resolve an alias is to walk through the document. */
function standsInItself(yaml: Document, alias: Alias, above: readonly unknown[]): boolean {
  const isNamed = above.some(node => isCollection(node) && node.anchor === alias.source)
  return isNamed && above.includes(alias.resolve(yaml))
}

/** Where the first alias stands of which that is true; `above` is everything that it stands in. */
function aliasWhere(
  yaml: Document,
  isWanted: (alias: Alias, above: readonly unknown[]) => boolean,
): number | undefined {
  let offset: number | undefined
  visit(yaml, {
    Alias: (_key, alias, above) => {
      if (!isWanted(alias, above)) return undefined
      offset = alias.range?.[0]
      return visit.BREAK
    },
  })
  return offset
}

/** A copy with what each alias stands for in its place: a change in one place must not be one in all of them. */
function unshared(yaml: Document): Document {
  const copy = yaml.clone()
  let aliases = 0
  visit(copy, {
    Alias: (_key, alias) => {
      aliases += 1
      return alias.resolve(copy)?.clone() as Node | undefined
    },
  })
  if (aliases > 0) visit(copy, { Value: (_key, node) => void delete node.anchor })
  return copy
}

/** False where the tree cannot follow: then the whole document is written anew. */
function applyToTree(yaml: Document, operations: readonly Operation[]): boolean {
  try {
    for (const operation of operations) applyOne(yaml, operation)
    return true
  } catch {
    return false
  }
}

function applyOne(yaml: Document, operation: Operation): void {
  const path = operation.path
    .split('/')
    .slice(1)
    .map(token => token.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map(token => (/^(0|[1-9][0-9]*)$/.test(token) ? Number(token) : token))
  if (operation.op === 'remove') yaml.deleteIn(path)
  else
    insertOrSet(yaml, path, yaml.createNode(operation.value, { aliasDuplicateObjects: false }), operation.op)
  spreadOut(yaml, path)
}

/** Collections in one line (`{a: 1}`) that got something new are written line by line: else it could not be read. */
function spreadOut(yaml: Document, path: readonly (string | number)[]): void {
  for (let depth = 1; depth < path.length; depth++) {
    const node: unknown = yaml.getIn(path.slice(0, depth), true)
    if (isCollection(node)) node.flow = false
  }
}

function insertOrSet(
  yaml: Document,
  path: readonly (string | number)[],
  node: unknown,
  op: 'add' | 'replace',
): void {
  const parent: unknown = yaml.getIn(path.slice(0, -1), true)
  const last = path.at(-1)
  if (op === 'add' && typeof last === 'number' && isSequence(parent)) parent.items.splice(last, 0, node)
  else yaml.setIn(path, node)
}

function isSequence(node: unknown): node is { items: unknown[] } {
  return typeof node === 'object' && node !== null && 'items' in node && Array.isArray(node.items)
}
