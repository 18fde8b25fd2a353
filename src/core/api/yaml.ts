// Pipeline: vocabulary. Some annotations hold lists, which people write as YAML or JSON. The core has no package but
// node:crypto, so the parser is given to it: it is as pure as the core, only somebody else's (src/cli/parse-yaml.ts).
import type { Json } from './json.ts'

/** YAML, and so JSON, as its value, or why it cannot be read; total for any text. */
export type ParseYaml = (text: string) => { readonly value: Json } | { readonly problem: string }
