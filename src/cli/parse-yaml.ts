// Pipeline: cli. The YAML parsers that the core is given: one document, JSON's own values. Aliases are counted, because a
// few lines of them can stand for gigabytes.
import { parseDocument, type DocumentOptions, type ParseOptions, type SchemaOptions } from 'yaml'
import type { Json } from '../core/api/json.ts'
import type { ParseYaml } from '../core/api/yaml.ts'
import { messageOf } from './message-of.ts'
import { KUBECTL_YAML } from './yaml-dialect.ts'

/** For lists in annotations, which need no aliases. */
export const parseYaml = createParser({ schema: 'core', uniqueKeys: true }, 0)

/** For files that a program in Python will read: YAML 1.1, as kubectl's (`on` is true). */
export const parseSettings = createParser(KUBECTL_YAML, 100)

/** See ParseYaml; the first line of what the parser says where it cannot. */
function createParser(
  dialect: ParseOptions & DocumentOptions & SchemaOptions,
  maxAliasCount: number,
): ParseYaml {
  return text => {
    try {
      const document = parseDocument(text, { ...dialect, logLevel: 'silent' })
      const [error] = document.errors
      if (error !== undefined) return { problem: firstLine(error.message) }
      return { value: jsonOf(document.toJS({ maxAliasCount })) }
    } catch (error) {
      return { problem: firstLine(messageOf(error)) }
    }
  }
}

/** What YAML has and JSON has not (`.inf`, keys that are no texts) as JSON writes it. */
function jsonOf(value: unknown): Json {
  return value === undefined ? null : (JSON.parse(JSON.stringify(value)) as Json)
}

function firstLine(message: string): string {
  return (message.split('\n')[0] ?? '').replace(/:$/, '')
}
