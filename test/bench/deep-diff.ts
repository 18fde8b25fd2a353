// A patch by comparing two values, as fast-json-patch's `compare` does it: lists position by position.
import { isObject, type Json } from '../../src/core/api/json.ts'
import type { Operation } from '../../src/core/api/operation.ts'

/** RFC 6902 operations that turn `before` into `after`. */
export function deepDiff(before: Json, after: Json, path = ''): Operation[] {
  if (Array.isArray(before) && Array.isArray(after)) return diffLists(before, after, path)
  if (isObject(before) && isObject(after)) return diffObjects(before, after, path)
  return before === after ? [] : [{ op: 'replace', path, value: after }]
}

function diffObjects(before: Members, after: Members, path: string): Operation[] {
  const operations: Operation[] = []
  for (const key of Object.keys(before)) {
    const to = after[key]
    const at = `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`
    if (to === undefined) operations.push({ op: 'remove', path: at })
    else operations.push(...deepDiff(before[key] ?? null, to, at))
  }
  for (const [key, value] of Object.entries(after)) {
    const at = `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`
    if (before[key] === undefined && value !== undefined) operations.push({ op: 'add', path: at, value })
  }
  return operations
}

function diffLists(before: readonly Json[], after: readonly Json[], path: string): Operation[] {
  const shared = Math.min(before.length, after.length)
  const operations = before
    .slice(0, shared)
    .flatMap((entry, index) => deepDiff(entry, after[index] ?? null, `${path}/${index}`))
  for (let index = before.length - 1; index >= shared; index--)
    operations.push({ op: 'remove', path: `${path}/${index}` })
  for (const [offset, value] of after.slice(shared).entries())
    operations.push({ op: 'add', path: `${path}/${shared + offset}`, value })
  return operations
}

type Members = { readonly [key: string]: Json | undefined }
