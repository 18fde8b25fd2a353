// Pipeline: patch. A working copy of one object on which changes are made one by one; each change is an RFC 6902
// operation at once, so operations and result cannot disagree. Copy on write: the request's object is never touched,
// and what no operation touches is shared, not copied.
import type { Json, JsonObject } from '../api/json.ts'
import type { Operation } from '../api/operation.ts'

export type Token = string | number
type Container = Record<string, Json | undefined> | Json[]

/** RFC 6901: the pointer for a list of tokens. */
export function toPointer(tokens: readonly Token[]): string {
  let pointer = ''
  for (const token of tokens) pointer += `/${typeof token === 'number' ? token : escapeToken(token)}`
  return pointer
}

/** The tokens of a pointer, all of them as text: a list takes its index so, too. */
export function tokensOf(pointer: string): readonly string[] {
  return pointer
    .split('/')
    .slice(1)
    .map(token => token.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** Nearly no token needs it, and trying took a tenth of a decision (docs/benchmarks.md). */
function escapeToken(token: string): string {
  const isPlain = !token.includes('~') && !token.includes('/')
  return isPlain ? token : token.replaceAll('~', '~0').replaceAll('/', '~1')
}

/** A draft of one object; `root` is the object as the operations so far leave it. */
export class Draft {
  root: JsonObject
  readonly operations: Operation[] = []
  /**
   * Containers that belong to this draft and may be changed in place. True: it is inside a value that an operation of this draft
   * carries, so a change in it is a change of that operation. (A WeakMap would cost a third of a decision.)
   */
  readonly #owned = new Map<object, boolean>()

  constructor(object: JsonObject) {
    this.root = object
  }

  /** Adds a member to an object, or inserts an entry into a list at the index. */
  add(tokens: readonly Token[], value: Json): void {
    const { parent, token, carried } = this.#open(tokens)
    if (Array.isArray(parent)) parent.splice(Number(token), 0, value)
    else setAt(parent, token, value)
    if (!carried) this.operations.push({ op: 'add', path: toPointer(tokens), value })
  }

  replace(tokens: readonly Token[], value: Json): void {
    const { parent, token, carried } = this.#open(tokens)
    setAt(parent, token, value)
    if (!carried) this.operations.push({ op: 'replace', path: toPointer(tokens), value })
  }

  /** Like `add` or `replace`, for a new container that later changes fill: they become part of this operation's value. */
  create(op: 'add' | 'replace', tokens: readonly Token[], container: Container): void {
    this.#owned.set(container, false)
    this[op](tokens, container)
    this.#owned.set(container, true)
  }

  remove(tokens: readonly Token[]): void {
    const { parent, token, carried } = this.#open(tokens)
    if (Array.isArray(parent)) parent.splice(Number(token), 1)
    else delete parent[String(token)]
    if (!carried) this.operations.push({ op: 'remove', path: toPointer(tokens) })
  }

  /** The container that holds the place, made ours from the root down. */
  #open(tokens: readonly Token[]): { parent: Container; token: Token; carried: boolean } {
    let node = this.#own(this.root, false)
    this.root = node as JsonObject
    let carried = this.#owned.get(node) === true
    const last = tokens.length - 1
    for (let depth = 0; depth < last; depth++) {
      const token = tokens[depth] ?? ''
      const member = memberOf(node, token)
      const child = this.#own(member, carried)
      if (child !== member) setAt(node, token, child)
      node = child
      carried = this.#owned.get(node) === true
    }
    return { parent: node, token: tokens[last] ?? '', carried }
  }

  #own(node: Json | undefined, carried: boolean): Container {
    if (typeof node !== 'object' || node === null)
      throw new TypeError('a patch path runs through a value that holds nothing')
    if (this.#owned.has(node)) return node as Container
    const copy: Container = Array.isArray(node) ? [...(node as readonly Json[])] : { ...(node as JsonObject) }
    this.#owned.set(copy, carried)
    return copy
  }
}

function memberOf(parent: Container, token: Token): Json | undefined {
  return Array.isArray(parent) ? parent[Number(token)] : parent[String(token)]
}

/** Plain assignment to `__proto__` would change the prototype instead of the data. */
function setAt(parent: Container, token: Token, value: Json): void {
  if (Array.isArray(parent)) parent[Number(token)] = value
  else if (token !== '__proto__') parent[String(token)] = value
  else Object.defineProperty(parent, token, { value, enumerable: true, configurable: true, writable: true })
}
