// Chance for structured inputs: choices, texts as nobody writes them, and JSON with something else in one of its places.
import { isObject, type Json, type JsonObject } from '../../src/core/api/json.ts'
import { createRandom, type Random } from '../controller/random.ts'

/** Chance for one case of a run: each case can be had again by itself. */
export function randomOf(seed: number, index: number): Random {
  return createRandom(Math.imul(seed, 0x9e3779b1) + Math.imul(index, 0x85ebca6b))
}

export function oneOf<T>(random: Random, items: readonly T[]): T {
  const item = items[random.below(items.length)]
  if (item === undefined) throw new Error('nothing to choose from')
  return item
}

/** True once in `times`. */
export function once(random: Random, times: number): boolean {
  return random.below(times) === 0
}

/** Each member with a chance of one half. */
export function someOf(random: Random, members: Readonly<Record<string, Json>>): JsonObject {
  return Object.fromEntries(Object.entries(members).filter(() => once(random, 2)))
}

const SCRAPS = [
  '',
  ' ',
  '\u0000',
  '\n',
  '"',
  '\\',
  '$(X)',
  '${x}',
  '../',
  '__proto__',
  'constructor',
  '\ud800',
  'é',
  '👩‍👩‍👧',
  '\u202e',
  'null',
  'true',
  '1e999',
  '-1',
  '0x7f',
  '{',
  '}',
  '[',
  ']',
  ': ',
  '- ',
  '&a ',
  '*a',
  '!!binary ',
  '<<: ',
  '@',
  '#',
  '%',
  ',',
  'https://',
  'hf_',
  'sk-',
  '::ffff:',
  '.',
  '/',
  '*',
  '**',
  '?',
  ';',
  '`id`',
]

/** A text that no grammar expects: scraps, sometimes very many of one. */
export function oddText(random: Random): string {
  const scrap = (): string => oneOf(random, SCRAPS)
  if (once(random, 20)) return scrap().repeat(1 + random.below(40_000))
  return Array.from({ length: 1 + random.below(6) }, scrap).join('')
}

/** The text with something else in it, or without some of it. */
export function oddOf(random: Random, text: string): string {
  const at = random.below(text.length + 1)
  if (once(random, 3)) return text.slice(0, at) + text.slice(at + 1 + random.below(8))
  if (once(random, 3)) return text.slice(0, at) + text
  return text.slice(0, at) + oddText(random) + text.slice(at)
}

/** Any JSON, sometimes deep. */
export function oddJson(random: Random): Json {
  if (once(random, 30)) return nested(random, 1 + random.below(3000))
  switch (random.below(8)) {
    case 0:
      return null
    case 1:
      return once(random, 2)
    case 2:
      return oneOf(random, [0, -1, 1.5, 2 ** 53, 1e308, 5000])
    case 3:
      return []
    case 4:
      return {}
    case 5:
      return [oddText(random), null, {}]
    case 6:
      return { [oddText(random)]: oddText(random), name: 'model' }
    default:
      return oddText(random)
  }
}

function nested(random: Random, depth: number): Json {
  const key = oneOf(random, ['spec', 'a', '+'])
  const isList = once(random, 2)
  let value: Json = 1
  for (let level = 0; level < depth; level++) value = isList ? [value] : { [key]: value }
  return value
}

/** The JSON with something else in one of its places. */
export function oddAt(random: Random, value: Json): Json {
  if (once(random, 6)) return oddJson(random)
  if (Array.isArray(value) && value.length > 0) {
    const list = [...(value as readonly Json[])]
    const index = random.below(list.length)
    list[index] = oddAt(random, list[index] ?? null)
    return list
  }
  if (!isObject(value) || Object.keys(value).length === 0) return oddJson(random)
  if (once(random, 12)) return { ...value, [oddText(random)]: oddJson(random) }
  const key = oneOf(random, Object.keys(value))
  if (once(random, 12)) return Object.fromEntries(Object.entries(value).filter(([name]) => name !== key))
  const changed: Record<string, Json | undefined> = { ...value }
  Object.defineProperty(changed, key, {
    value: oddAt(random, value[key] ?? null),
    enumerable: true,
    configurable: true,
    writable: true,
  })
  return changed
}
