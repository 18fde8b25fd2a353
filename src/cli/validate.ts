// Pipeline: cli. `validate`: what both webhooks would say of files, without a cluster: the same decisions, under the same
// policies. Exit code 1 if anything is refused, so that CI can ask before a cluster does.
import { OFFLINE_FACTS } from '../core/admit/context.ts'
import type { Cloud } from '../core/api/names.ts'
import { POLICY_API_VERSION, POLICY_KIND } from '../core/policy/preset-policy.ts'
import { appliedPolicies } from './applied-policies.ts'
import { openCatalogue } from './catalogue.ts'
import { createCoreMeans } from './core-means.ts'
import { objectsOf, parseDocuments, type SourceObject } from './documents.ts'
import { findingsOf, LEVELS, type Finding } from './findings.ts'
import { findingLine } from './format/findings-text.ts'
import { CommandError, readInput, type Io } from './io.ts'
import { isPolicy, offlineCluster } from './policy-documents.ts'
import { validateObjects, type Validated } from './validated.ts'

export type ValidateFormat = 'text' | 'json' | 'sarif'

export interface ValidateOptions {
  readonly file: readonly string[]
  /** Files with PresetPolicies and Namespaces; those among the documents count as well. */
  readonly policy?: readonly string[]
  readonly output: ValidateFormat
  readonly catalogue?: string
  readonly cloud?: Cloud
}

/** What was found. */
export interface Validation {
  readonly validated: readonly Validated[]
  readonly findings: readonly Finding[]
  /** Of kaito-native. */
  readonly version: string
}

/** Runs the command; the exit code. */
export async function runValidate(options: ValidateOptions, version: string, io: Io): Promise<number> {
  const sources = await readObjects(options.file)
  const cluster = offlineCluster([...(await readPolicies(options.policy ?? [], io)), ...sources])
  const catalogue = await openCatalogue(options.catalogue)
  const facts = options.cloud === undefined ? OFFLINE_FACTS : { ...OFFLINE_FACTS, cloud: options.cloud }
  const validated = validateObjects(sources, cluster, { catalogue, facts, ...createCoreMeans() })
  const findings = validated.flatMap(findingsOf)
  io.out((await FORMATS[options.output]())({ validated, findings, version }))
  // Whoever keeps the data in a file reads the log.
  if (options.output !== 'text') for (const finding of findings) io.err(findingLine(finding))
  const denied = validated.filter(({ decision }) => decision === 'Deny').length
  const applied = appliedPolicies(validated, cluster)
  for (const line of applied.warnings) io.err(line)
  io.err(summary(validated, findings, policiesOf(applied.count, cluster.policies.length)))
  return denied > 0 ? 1 : 0
}

/** Throws a CommandError with what is wrong with all the files that cannot be read. */
async function readObjects(files: readonly string[]): Promise<readonly SourceObject[]> {
  const sources: SourceObject[] = []
  const lines: string[] = []
  for (const file of files) {
    try {
      sources.push(...objectsOf(parseDocuments(file, await readInput(file))))
    } catch (error) {
      if (!(error instanceof CommandError)) throw error
      lines.push(...error.lines)
    }
  }
  if (lines.length > 0) throw new CommandError(lines)
  return sources
}

/** A file without any policy is more likely the wrong file than what its owner meant. */
async function readPolicies(files: readonly string[], io: Io): Promise<readonly SourceObject[]> {
  const sources = await readObjects(files)
  const holding = new Set(sources.filter(({ object }) => isPolicy(object)).map(nameOfFile))
  for (const file of files.filter(name => !holding.has(name)))
    io.err(`warning: ${file}: no ${POLICY_KIND} (${POLICY_API_VERSION}) in it`)
  return sources
}

function nameOfFile({ document }: SourceObject): string {
  return document.file.name
}

const FORMATS: Readonly<Record<ValidateFormat, () => Promise<(validation: Validation) => string>>> = {
  text: async () => (await import('./format/findings-text.ts')).formatFindings,
  json: async () => (await import('./format/validation-json.ts')).formatValidation,
  sarif: async () => (await import('./format/sarif.ts')).formatSarif,
}

/** How many of what, for people; it is the last line. */
function summary(validated: readonly Validated[], findings: readonly Finding[], under: string): string {
  const workloads = validated.filter(({ decision }) => decision !== 'Skip')
  const denied = workloads.filter(({ decision }) => decision === 'Deny').length
  const found = LEVELS.map(level => ({ level, count: findings.filter(one => one.level === level).length }))
    .filter(({ count }) => count > 0)
    .map(({ level, count }) => counted(count, level))
  const what = found.length === 0 ? 'nothing found' : found.join(', ')
  if (denied > 0)
    return `${denied} of ${counted(workloads.length, 'annotated workload')} refused${under}: ${what}`
  if (workloads.length === 0 && found.length === 0) return 'no annotated workload found'
  return `${counted(workloads.length, 'annotated workload')} checked${under}: ${what}`
}

/** ` under 1 of 3 policies`: the others select other namespaces. */
function policiesOf(applied: number, policies: number): string {
  if (policies === 0) return ''
  const of = applied === policies ? '' : `${applied} of `
  return ` under ${of}${counted(policies, 'policy', 'policies')}`
}

function counted(count: number, one: string, several = `${one}s`): string {
  return `${count} ${count === 1 ? one : several}`
}
