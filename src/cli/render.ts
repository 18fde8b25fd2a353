// Pipeline: cli. `render`: what the mutating webhook would do to a file, without a cluster. Same decision, same operations.
import { decideMutation } from '../core/admit/mutate.ts'
import { withWarnings } from '../core/admit/outcome.ts'
import { OFFLINE_FACTS, type AdmissionContext } from '../core/admit/context.ts'
import type { Decision } from '../core/api/decision.ts'
import type { Cloud } from '../core/api/names.ts'
import { openCatalogue } from './catalogue.ts'
import { createCoreMeans } from './core-means.ts'
import { objectsOf, parseDocuments, type SourceDocument, type SourceObject } from './documents.ts'
import { readInput, type Io } from './io.ts'
import { shortReference } from './subject-name.ts'
import { trainingConfigWarnings } from './training-config-warnings.ts'

export type RenderFormat = 'yaml' | 'json' | 'patch' | 'diff' | 'decision'

export interface RenderOptions {
  readonly file: string
  readonly output: RenderFormat
  readonly catalogue?: string
  readonly cloud?: Cloud
}

export interface Rendered {
  readonly documents: readonly SourceDocument[]
  /** Every Kubernetes object of the file with its decision, in order. */
  readonly decided: readonly DecidedObject[]
}

export interface DecidedObject {
  readonly source: SourceObject
  readonly decision: Decision
}

/** Runs the command; the exit code. */
export async function runRender(options: RenderOptions, io: Io): Promise<number> {
  const documents = parseDocuments(options.file, await readInput(options.file))
  const catalogue = await openCatalogue(options.catalogue)
  const facts = options.cloud === undefined ? OFFLINE_FACTS : { ...OFFLINE_FACTS, cloud: options.cloud }
  const rendered = renderDocuments(documents, { catalogue, facts, ...createCoreMeans() })
  reportDecisions(options.file, rendered, io)
  const denied = rendered.decided.some(({ decision }) => decision.decision === 'Deny')
  if (denied && options.output !== 'decision') return 1
  const text = await format(rendered, options, io)
  if (text === '' && options.output === 'diff') io.err('nothing would change')
  io.out(text)
  return denied ? 1 : 0
}

/** Every Kubernetes object among the documents, decided as on CREATE; kinds that are not workloads are skipped. */
export function renderDocuments(documents: readonly SourceDocument[], context: AdmissionContext): Rendered {
  const sources = objectsOf(documents).filter(
    ({ object }) => typeof object['apiVersion'] === 'string' && typeof object['kind'] === 'string',
  )
  const objects = sources.map(({ object }) => object)
  const decided = sources.map(source => {
    const decision = decideMutation({ operation: 'CREATE', object: source.object }, context)
    return { source, decision: withWarnings(decision, trainingConfigWarnings(source.object, objects)) }
  })
  return { documents, decided }
}

/** Refusals and warnings, for the person at the terminal. */
function reportDecisions(file: string, { decided }: Rendered, io: Io): void {
  for (const { source, decision } of decided) {
    const name = shortReference(source.object)
    if (decision.decision === 'Deny') {
      io.err(`error: ${file}: ${name} is refused:`)
      for (const { message } of decision.reasons) io.err(`  ${message.replaceAll('\n', '\n  ')}`)
    }
    for (const warning of decision.warnings) io.err(`warning: ${name}: ${warning}`)
  }
}

type Format = (rendered: Rendered, options: RenderOptions, io: Io) => string

const FORMATS: Readonly<Record<RenderFormat, () => Promise<Format>>> = {
  yaml: async () => (await import('./format/yaml.ts')).formatYaml,
  json: async () => (await import('./format/json.ts')).formatRenderedJson,
  patch: async () => (await import('./format/patch.ts')).formatPatch,
  diff: async () => (await import('./format/diff.ts')).formatDiff,
  decision: async () => (await import('./format/decision.ts')).formatDecisions,
}

async function format(rendered: Rendered, options: RenderOptions, io: Io): Promise<string> {
  const formatter = await FORMATS[options.output]()
  return formatter(rendered, options, io)
}
