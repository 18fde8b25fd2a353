// Pipeline: vocabulary. Short, stable hashes of JSON values (SHA-256; no I/O, so the core stays pure).
import { hash } from 'node:crypto'
import { canonicalJson, type Json } from './json.ts'

/** 48 bits: enough to tell "still what we added" from "changed by the user" for the few dozen entries of one object. */
const ENTRY_HASH_CHARACTERS = 8

/**
 * Most of what is added is the same for every workload, and hashing it took a fifth of a decision (docs/benchmarks.md):
 * hashes are kept by the value's text, and all forgotten when there are too many.
 */
const keptHashes = new Map<string, string>()
const KEPT_HASHES = 1000
const KEPT_TEXT_CHARACTERS = 1000

/** Hash of one added value, as the plan's inventory records it. Equal JSON gives equal hashes, whatever the key order. */
export function hashEntry(value: Json): string {
  const text = JSON.stringify(value)
  const kept = keptHashes.get(text)
  if (kept !== undefined) return kept
  const made = digest(canonicalJson(value))
  if (keptHashes.size >= KEPT_HASHES) keptHashes.clear()
  if (text.length <= KEPT_TEXT_CHARACTERS) keptHashes.set(text, made)
  return made
}

/** The same for a text that is hardly seen twice, such as a name: nothing is kept of it. */
export function hashText(text: string): string {
  return digest(JSON.stringify(text))
}

function digest(json: string): string {
  return hash('sha256', json, 'base64url').slice(0, ENTRY_HASH_CHARACTERS)
}

/** Hash in lower-case hexadecimal, for names, labels and revisions. */
export function hashHex(text: string, characters: number): string {
  return hash('sha256', text, 'hex').slice(0, characters)
}
