// What a patch does, by the `jsonpatch` package and not by the product: patch and result cannot be wrong together. Also
// where it does it: every place of every operation, for comparison with the declared footprint.
import assert from 'node:assert/strict'
import jsonpatch from 'jsonpatch'
import type { Json, JsonObject } from '../../../src/core/api/json.ts'
import type { Operation } from '../../../src/core/api/operation.ts'
import { FOOTPRINT } from '../../../src/core/template/steps.ts'
import { at, leaves, type Step } from './json-tree.ts'

/** The class behind `apply_patch`: in place, because the package's own copies lose a key called `__proto__`. */
const { JSONPatch } = jsonpatch as unknown as {
  readonly JSONPatch: new (operations: unknown[], mutate: boolean) => { apply<T>(document: T): T }
}

/** The object after the operations, as the API server would have it. */
export function patched(object: JsonObject, operations: readonly Operation[]): JsonObject {
  return new JSONPatch(copy(operations) as unknown[], true).apply(copy(object))
}

/** By way of its text: generated values share objects, and the patch is applied in place. */
function copy<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T
}

/** Fails where an operation touches anything outside of the declared footprint. */
export function assertInsideFootprint(object: JsonObject, operations: readonly Operation[]): void {
  const document = copy(object)
  const root = object['kind'] === 'CronJob' ? ['spec', 'jobTemplate'] : []
  const declared = declaredPlaces(root)
  for (const operation of copy(operations)) {
    const path = tokensOf(operation.path)
    assert.ok(!NEVER.some(prefix => isPrefix(prefix, path)), `${operation.path} is never ours to touch`)
    const value = operation.op === 'remove' ? at(document, path) : operation.value
    for (const [rest] of leaves(value ?? null)) {
      const place = [...path, ...rest].map(step => (/^\d+$/.test(String(step)) ? '*' : String(step)))
      assert.ok(
        isDeclared(declared, place, value ?? null),
        `${operation.op} ${operation.path}: ${place.join('.')} is no declared place`,
      )
    }
    new JSONPatch([operation], true).apply(document)
  }
}

const NEVER = [['metadata', 'managedFields'], ['status'], ['spec', 'replicas'], ['spec', 'selector']]

/** Every declared place of a kind whose annotations and spec stand under `root`, and the plan annotation. */
function declaredPlaces(root: readonly string[]): readonly (readonly string[])[] {
  const spec = [...root, 'spec']
  const pod = [...spec, 'template', 'spec']
  const places: Readonly<Record<string, readonly string[]>> = {
    '{spec}': spec,
    '{template}': [...spec, 'template'],
    '{pod}': pod,
    '{container}': [...pod, 'containers', '*'],
  }
  return [
    ...FOOTPRINT.map(pattern => pattern.flatMap(step => places[step] ?? [step])),
    [...pod, 'containers', '*', 'name'],
    [...root, 'metadata', 'annotations', 'kaito.sh/plan'],
  ]
}

/** At or below a declared place, the name of a container that was made, or a way to one that is emptied again. */
function isDeclared(
  declared: readonly (readonly string[])[],
  place: readonly string[],
  value: Json,
): boolean {
  if (declared.some(one => isPrefix(one, place))) return true
  return isEmpty(value) && declared.some(one => isPrefix(place, one))
}

function isEmpty(value: Json): boolean {
  return value === null || (typeof value === 'object' && Object.keys(value).length === 0)
}

function isPrefix(prefix: readonly Step[], path: readonly Step[]): boolean {
  return (
    prefix.every((step, index) => step === '*' || path[index] === '*' || step === path[index]) &&
    prefix.length <= path.length
  )
}

function tokensOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map(token => token.replaceAll('~1', '/').replaceAll('~0', '~'))
}
