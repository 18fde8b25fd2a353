// Pipeline: vocabulary. RFC 6902 operations: the three that injection needs.
import type { Json } from './json.ts'

export type Operation =
  | { readonly op: 'add' | 'replace'; readonly path: string; readonly value: Json }
  | { readonly op: 'remove'; readonly path: string }
