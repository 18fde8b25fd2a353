// Pipeline: sizing. Preset, revision, runtime and context as the user asked for them → the needs that qualify, newest
// first, or every mistake among them.
import type { FieldError } from '../api/field-error.ts'
import { RUNTIMES, type Runtime } from '../api/names.ts'
import type { Result } from '../api/result.ts'
import type { Preset, PresetRevision } from '../preset/catalogue.ts'
import { DEFAULT_CONTEXT_TOKENS } from './estimate.ts'
import type { Need } from './need.ts'
import type { ServerFields, ServerRequest } from './request.ts'

/** At least one need, newest revision first; revisions without the runtime or the context are skipped. */
export function resolveNeeds(request: ServerRequest, fields: ServerFields): Result<readonly Need[]> {
  const { preset, revision: pinned, contextTokens = DEFAULT_CONTEXT_TOKENS } = request
  const revisions = preset.revisions.filter(({ name }) => pinned === undefined || name === pinned)
  if (revisions.length === 0) return { ok: false, errors: [unknownRevision(preset, pinned, fields.preset)] }
  const withRuntime = revisions.filter(revision => runtimeOf(revision, request.runtime) !== undefined)
  const errors = [
    ...(withRuntime.length === 0 ? [unsupportedRuntime(revisions, request.runtime, fields.runtime)] : []),
    ...validateContext(
      withRuntime.length === 0 ? revisions : withRuntime,
      request.contextTokens,
      fields.maxModelLen,
    ),
  ]
  if (errors.length > 0) return { ok: false, errors }
  const value = withRuntime.flatMap(revision => needOf(revision, request, contextTokens))
  return { ok: true, value }
}

function needOf(revision: PresetRevision, request: ServerRequest, contextTokens: number): Need[] {
  const runtime = runtimeOf(revision, request.runtime)
  const tooLong = request.contextTokens !== undefined && request.contextTokens > revision.figures.maxModelLen
  return runtime === undefined || tooLong ? [] : [{ revision, runtime, contextTokens }]
}

/** The asked runtime if the revision has it; the revision's own first one where none is asked. */
function runtimeOf({ runtimes }: PresetRevision, asked: Runtime | undefined): Runtime | undefined {
  if (asked !== undefined) return Object.hasOwn(runtimes, asked) ? asked : undefined
  return Object.keys(runtimes).find(isRuntime)
}

function isRuntime(name: string): name is Runtime {
  return (RUNTIMES as readonly string[]).includes(name)
}

function unknownRevision(preset: Preset, pinned: string | undefined, field: string): FieldError {
  const detail = supportedValues(preset.revisions.map(({ name }) => `${preset.name}@${name}`))
  const value = pinned === undefined ? preset.name : `${preset.name}@${pinned}`
  return { type: 'NotSupported', field, value, detail, code: 'UnknownRevision' }
}

function unsupportedRuntime(
  revisions: readonly PresetRevision[],
  asked: Runtime | undefined,
  field: string,
): FieldError {
  const supported = RUNTIMES.filter(runtime =>
    revisions.some(({ runtimes }) => Object.hasOwn(runtimes, runtime)),
  )
  const value = asked === undefined ? {} : { value: asked }
  return {
    type: 'NotSupported',
    field,
    ...value,
    detail: supportedValues(supported),
    code: 'UnsupportedRuntime',
  }
}

function validateContext(
  revisions: readonly PresetRevision[],
  asked: number | undefined,
  field: string,
): FieldError[] {
  if (asked === undefined) return []
  const longest = Math.max(...revisions.map(({ figures }) => figures.maxModelLen))
  if (Number.isSafeInteger(asked) && asked > 0 && asked <= longest) return []
  const detail = `must be a positive integer of at most ${longest}, the longest context that the model supports`
  return [{ type: 'Invalid', field, value: String(asked), detail, code: 'InvalidAnnotation' }]
}

function supportedValues(values: readonly string[]): string {
  return `supported values: ${values.map(value => JSON.stringify(value)).join(', ')}`
}
