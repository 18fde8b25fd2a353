// Pipeline: convert. The entry: an upstream object → native objects, and everything that must be said about them. Pure:
// same object and same catalogue, same result.
import type { AdmissionContext } from '../admit/context.ts'
import type { FieldError } from '../api/field-error.ts'
import { stringAt, type JsonObject } from '../api/json.ts'
import { admissionErrors, nodesPerServer } from './admitted.ts'
import { desiredObjects } from './desired-objects.ts'
import { Fields } from './fields.ts'
import { invalid, type Findings, type Note } from './findings.ts'
import { outcomeNotes } from './outcome-notes.ts'
import { readInferenceSet } from './read-inference-set.ts'
import { readWorkspace } from './read-workspace.ts'
import type { UpstreamVersion, Wish } from './wish.ts'

/** What becomes of one upstream object. With errors there are no objects. */
export interface Conversion {
  readonly objects: readonly JsonObject[]
  readonly notes: readonly Note[]
  readonly errors: readonly FieldError[]
}

/** Upstream's API group. */
export const UPSTREAM_GROUP = 'kaito.sh'
const VERSIONS: readonly UpstreamVersion[] = ['v1alpha1', 'v1beta1']

type Reader = (root: Fields, version: UpstreamVersion, context: AdmissionContext) => Wish

const READERS: Readonly<Record<string, Reader>> = {
  Workspace: (root, version, { catalogue }) => readWorkspace(root, version, catalogue),
  InferenceSet: (root, _, { catalogue }) => readInferenceSet(root, catalogue),
}

/** The native objects for a Workspace or an InferenceSet; undefined for any other object. */
export function convertObject(object: JsonObject, context: AdmissionContext): Conversion | undefined {
  const [group, written] = (stringAt(object, 'apiVersion') ?? '').split('/')
  const kind = stringAt(object, 'kind') ?? ''
  const read = Object.hasOwn(READERS, kind) ? READERS[kind] : undefined
  const version = VERSIONS.find(known => known === written)
  if (group !== UPSTREAM_GROUP || read === undefined || version === undefined) return undefined
  const findings: Findings = { notes: [], errors: [] }
  const root = new Fields(object, '', findings)
  root.text('apiVersion')
  root.text('kind')
  const wish = read(root, version, context)
  root.finish()
  return conclude(wish, findings, context)
}

/** More StatefulSets than this are a typing mistake, or another object's business. */
const MOST_GROUPS = 100

function conclude(wish: Wish, { notes, errors }: Findings, context: AdmissionContext): Conversion {
  const nodes = nodesPerServer(wish, context)
  const tooMany = groupErrors(wish, nodes)
  const objects = tooMany.length > 0 ? [] : desiredObjects(wish, nodes)
  const refused = admissionErrors(objects, wish, context).filter(error => !isToldOf(error, errors))
  const all = [...errors, ...tooMany, ...refused]
  return {
    objects: all.length > 0 ? [] : objects,
    notes: [...notes, ...outcomeNotes(wish, nodes)],
    errors: all,
  }
}

function groupErrors({ replicas: { groups, field } }: Wish, nodes: number): readonly FieldError[] {
  if (nodes === 1 || groups <= MOST_GROUPS) return []
  const detail = `must be at most ${MOST_GROUPS}: the model takes a StatefulSet for each`
  return [invalid(field, String(groups), detail)]
}

/** The reader has found mistakes in the same place: admission would find them again. */
function isToldOf({ field }: FieldError, errors: readonly FieldError[]): boolean {
  return errors.some(error => error.field.startsWith(field) || field.startsWith(error.field))
}
