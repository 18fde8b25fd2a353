// Pipeline: vocabulary. Short, stable hashes of JSON values (SHA-256; no I/O, so the core stays pure).
import { hash } from 'node:crypto'
import { canonicalJson, type Json } from './json.ts'

/** 48 bits: enough to tell "still what we added" from "changed by the user" for the few dozen entries of one object. */
const ENTRY_HASH_CHARACTERS = 8

/** Hash of one added value, as the plan's inventory records it. Equal JSON gives equal hashes, whatever the key order. */
export function hashEntry(value: Json): string {
  return hash('sha256', canonicalJson(value), 'base64url').slice(0, ENTRY_HASH_CHARACTERS)
}

/** Hash in lower-case hexadecimal, for names, labels and revisions. */
export function hashHex(text: string, characters: number): string {
  return hash('sha256', text, 'hex').slice(0, characters)
}
