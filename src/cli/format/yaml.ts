// Pipeline: cli. All documents in order as YAML; a document that nothing changes is printed letter for letter.
import type { Operation } from '../../core/api/operation.ts'
import { operationsBelow } from '../apply.ts'
import { editedText, type SourceDocument } from '../documents.ts'
import type { DecidedObject, Rendered } from '../render.ts'

export function formatYaml({ documents, decided }: Rendered): string {
  return joinDocuments(documents.map(document => renderedText(document, decided)))
}

/** The document's text after its operations. */
export function renderedText(document: SourceDocument, decided: readonly DecidedObject[]): string {
  const operations = operationsOn(document, decided)
  return operations.length === 0 ? document.text : editedText(document, operations)
}

/** All operations on one document, with pointers from its root. */
export function operationsOn(
  document: SourceDocument,
  decided: readonly DecidedObject[],
): readonly Operation[] {
  return decided
    .filter(({ source }) => source.document === document)
    .flatMap(({ source, decision }) =>
      decision.decision === 'Deny' ? [] : operationsBelow(source.at, decision.operations),
    )
}

/** A document's text that brings its own `---`, after comments and directives at most. */
const STARTS_BY_ITSELF = /^(?:[ \t]*(?:#.*)?\r?\n|%.*\r?\n)*---(?:\s|$)/

/** One stream; texts that were not touched stay letter for letter, an edited one is set apart by `---` where it must be. */
export function joinDocuments(texts: readonly string[]): string {
  let stream = ''
  for (const text of texts) {
    if (stream !== '' && !stream.endsWith('\n') && !/^\r?\n/.test(text)) stream += '\n'
    const isApart = stream === '' || STARTS_BY_ITSELF.test(text) || /(?:^|\n)\.\.\.\r?\n$/.test(stream)
    stream += isApart ? text : `---\n${text}`
  }
  return stream
}
