// Pipeline: cli. The YAML parser that the core is given for lists in annotations: no anchors and aliases (a few lines of
// them can stand for gigabytes), one document, JSON's own values.
import { parseDocument } from 'yaml'
import type { Json } from '../core/api/json.ts'
import type { ParseYaml } from '../core/api/yaml.ts'

/** See ParseYaml; the first line of what the parser says where it cannot. */
export const parseYaml: ParseYaml = text => {
  try {
    const document = parseDocument(text, { schema: 'core', uniqueKeys: true, logLevel: 'silent' })
    const [error] = document.errors
    if (error !== undefined) return { problem: firstLine(error.message) }
    return { value: jsonOf(document.toJS({ maxAliasCount: 0 })) }
  } catch (error) {
    return { problem: firstLine(error instanceof Error ? error.message : String(error)) }
  }
}

/** What YAML has and JSON has not (`.inf`, keys that are no texts) as JSON writes it. */
function jsonOf(value: unknown): Json {
  return value === undefined ? null : (JSON.parse(JSON.stringify(value)) as Json)
}

function firstLine(message: string): string {
  return (message.split('\n')[0] ?? '').replace(/:$/, '')
}
