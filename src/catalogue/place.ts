// Adapter: catalogue. Where a value stands in its YAML text: its key in a mapping, itself in a list.

import { isAlias, isMap, isNode, isPair, isScalar, isSeq } from 'yaml'
import type { Document, LineCounter } from 'yaml'
import type { Place, ValuePath } from './document.ts'

type Walked = { readonly value: unknown; readonly offset: number | undefined }

/** A function that finds a path in the document; of a path that leads too far it finds as much as there is. */
export function placeFinder(yaml: Document, lineCounter: LineCounter): (path: ValuePath) => Place {
  return path => {
    let offset = offsetOf(yaml.contents) ?? 0
    let value: unknown = yaml.contents
    for (const key of path) {
      const next: Walked = step(resolved(value, yaml), key)
      if (next.offset === undefined) break
      offset = next.offset
      value = next.value
    }
    return placeAt(lineCounter, offset)
  }
}

/** Line and column, from 1, of a position in the text. */
export function placeAt(lineCounter: LineCounter, offset: number): Place {
  const { line, col } = lineCounter.linePos(offset)
  return { line: Math.max(line, 1), column: Math.max(col, 1) }
}

function step(parent: unknown, key: string | number): Walked {
  if (isSeq(parent)) {
    const item = typeof key === 'number' ? parent.items[key] : undefined
    return { value: item, offset: offsetOf(item) }
  }
  const pair = isMap(parent)
    ? parent.items.find(one => isPair(one) && keyText(one.key) === String(key))
    : undefined
  return { value: pair?.value, offset: offsetOf(pair?.key) }
}

function keyText(key: unknown): string {
  return String(isScalar(key) ? key.value : key)
}

function resolved(value: unknown, yaml: Document): unknown {
  return isAlias(value) ? value.resolve(yaml) : value
}

function offsetOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined
}
