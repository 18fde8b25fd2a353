// Pipeline: convert. Reads an upstream object field by field and keeps account of it: a field of another type is a mistake,
// and one that nobody asked for gets a note, so that nothing is lost in silence.
import { isObject, type Json, type JsonObject } from '../api/json.ts'
import { invalid, required, type Findings } from './findings.ts'

/** One object of the manifest. A null is an absent field, and an empty text as well, as upstream's own types have it. */
export class Fields {
  readonly path: string
  readonly findings: Findings
  readonly #object: JsonObject
  readonly #read = new Set<string>()
  readonly #children: Fields[] = []

  constructor(object: JsonObject, path: string, findings: Findings) {
    this.#object = object
    this.path = path
    this.findings = findings
  }

  /** `resource` and `count` → `resource.count`. */
  at(key: string): string {
    return this.path === '' ? key : `${this.path}.${key}`
  }

  note(key: string, text: string): void {
    this.findings.notes.push({ field: this.at(key), text })
  }

  /** The value as it is; undefined where there is none. */
  raw(key: string): Json | undefined {
    this.#read.add(key)
    return Object.hasOwn(this.#object, key) ? (this.#object[key] ?? undefined) : undefined
  }

  text(key: string): string | undefined {
    const value = this.raw(key)
    if (typeof value === 'string' || value === undefined) return value === '' ? undefined : value
    return this.#otherType(this.at(key), value, 'a string (numbers and booleans take quotes)')
  }

  /** A text that must be there; empty where it is not, which is a mistake of its own. */
  requiredText(key: string, detail: string): string {
    const value = this.raw(key)
    if (value === undefined || value === '') this.findings.errors.push(required(this.at(key), detail))
    return this.text(key) ?? ''
  }

  /** A whole number, `least` or more. */
  integer(key: string, least: number): number | undefined {
    const value = this.raw(key)
    if (value === undefined || (Number.isSafeInteger(value) && Number(value) >= least))
      return value === undefined ? undefined : Number(value)
    return this.#otherType(this.at(key), value, `a whole number, ${least} or more`)
  }

  texts(key: string): readonly string[] {
    return this.#list(key).flatMap((value, index) => {
      if (typeof value === 'string' && value !== '') return [value]
      return this.#otherType(`${this.at(key)}[${index}]`, value, 'a string that is not empty') ?? []
    })
  }

  /** The object below `key`; what nobody reads of it gets its notes as well. */
  child(key: string): Fields | undefined {
    const value = this.raw(key)
    return value === undefined ? undefined : this.#open(value, this.at(key))
  }

  /** The same, or an object without any field. */
  childOrEmpty(key: string): Fields {
    return this.child(key) ?? new Fields({}, this.at(key), this.findings)
  }

  /** The objects of a list. */
  children(key: string): readonly Fields[] {
    return this.#list(key).flatMap((value, index) => this.#open(value, `${this.at(key)}[${index}]`) ?? [])
  }

  /** An object that is handed on as it is. */
  whole(key: string): JsonObject | undefined {
    const value = this.raw(key)
    return value === undefined || isObject(value) ? value : this.#otherType(this.at(key), value, 'an object')
  }

  /** An object whose values are texts (labels, annotations). */
  map(key: string): Readonly<Record<string, string>> {
    const entries = Object.entries(this.whole(key) ?? {}).flatMap(([name, value]) => {
      if (value === undefined || value === null) return [[name, ''] as const]
      if (typeof value === 'string') return [[name, value] as const]
      this.#otherType(`${this.at(key)}[${name}]`, value, 'a string (numbers and booleans take quotes)')
      return []
    })
    return Object.fromEntries(entries)
  }

  /** Notes for every field that nobody read, here and below. */
  finish(): void {
    for (const [key, value] of Object.entries(this.#object)) {
      if (!this.#read.has(key) && value !== undefined && value !== null)
        this.note(key, 'unknown to kaito-native, left out')
    }
    for (const child of this.#children) child.finish()
  }

  #list(key: string): readonly Json[] {
    const value = this.raw(key)
    if (value === undefined) return []
    return Array.isArray(value) ? (value as Json[]) : (this.#otherType(this.at(key), value, 'a list') ?? [])
  }

  #open(value: Json, path: string): Fields | undefined {
    if (!isObject(value)) return this.#otherType(path, value, 'an object')
    const child = new Fields(value, path, this.findings)
    this.#children.push(child)
    return child
  }

  #otherType(field: string, value: Json, expected: string): undefined {
    this.findings.errors.push(invalid(field, JSON.stringify(value), `must be ${expected}`))
  }
}
