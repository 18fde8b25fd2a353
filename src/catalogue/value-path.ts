// Adapter: catalogue. Ways to a value: JSON Pointers (RFC 6901), as the validator reports them, and field paths.

import { isObject } from '../core/api/json.ts'
import type { ValuePath } from './document.ts'

/** `presets[0].config.layers`, as Kubernetes writes field paths. */
export function formatPath(path: ValuePath): string {
  return path
    .map(key => (typeof key === 'number' ? `[${key}]` : `.${key}`))
    .join('')
    .replace(/^\./, '')
}

/** The path of a JSON Pointer; digits are a position where the value has a list. */
export function parsePointer(pointer: string, value: unknown): ValuePath {
  const path: (string | number)[] = []
  let current = value
  for (const token of pointer.split('/').slice(1)) {
    const key = token.replaceAll('~1', '/').replaceAll('~0', '~')
    path.push(Array.isArray(current) ? Number(key) : key)
    current = childOf(current, key)
  }
  return path
}

function childOf(value: unknown, key: string): unknown {
  if (Array.isArray(value)) return value[Number(key)]
  return isObject(value) ? value[key] : undefined
}
