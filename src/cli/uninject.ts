// Pipeline: cli. `uninject`: the documents as they were before injection, from the plans that they carry.
import { PLAN } from '../core/api/annotations.ts'
import type { Operation } from '../core/api/operation.ts'
import { recordedPlan } from '../core/admit/recorded-plan.ts'
import { uninject } from '../core/admit/uninject.ts'
import { workloadKindOf } from '../core/workload/kinds.ts'
import { applyOperations, operationsBelow } from './apply.ts'
import { editedText, objectsOf, parseDocuments, type SourceDocument, type SourceObject } from './documents.ts'
import { formatObjects } from './format/json.ts'
import { joinDocuments } from './format/yaml.ts'
import { CommandError, readInput, type Io } from './io.ts'
import { shortReference } from './subject-name.ts'

export interface UninjectOptions {
  readonly file: string
  readonly output: 'yaml' | 'json'
}

/** Runs the command; the exit code. */
export async function runUninject(options: UninjectOptions, io: Io): Promise<number> {
  const documents = parseDocuments(options.file, await readInput(options.file))
  const sources = objectsOf(documents)
  const invalid = sources.filter(({ object }) => planOf(object) === 'invalid')
  if (invalid.length > 0)
    throw new CommandError(invalid.map(({ object }) => unreadable(options.file, object)))
  const operations = new Map(documents.map(document => [document, takenBack(document, sources)]))
  if (options.output === 'yaml') {
    io.out(joinDocuments(documents.map(document => textAfter(document, operations.get(document) ?? []))))
  } else {
    const values = documents.filter(({ value }) => value !== null)
    io.out(
      formatObjects(values.map(document => applyOperations(document.value, operations.get(document) ?? []))),
    )
  }
  return 0
}

function unreadable(file: string, object: SourceObject['object']): string {
  return `${file}: ${shortReference(object)}: annotation ${PLAN} cannot be read as a plan: it was changed by hand, or is of another version`
}

function planOf(object: SourceObject['object']): ReturnType<typeof recordedPlan> {
  const kind = workloadKindOf(object)
  return kind === undefined ? undefined : recordedPlan(kind, object)
}

function takenBack(document: SourceDocument, sources: readonly SourceObject[]): readonly Operation[] {
  return sources
    .filter(source => source.document === document)
    .flatMap(({ object, at }) => {
      const kind = workloadKindOf(object)
      const plan = planOf(object)
      if (kind === undefined || plan === undefined || plan === 'invalid') return []
      return operationsBelow(at, uninject(kind, object, plan.added).operations)
    })
}

function textAfter(document: SourceDocument, operations: readonly Operation[]): string {
  return operations.length === 0 ? document.text : editedText(document, operations)
}
