// The schemas themselves: valid, closed, described, and without a string that takes anything.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { Ajv } from 'ajv'
import { presetsDirectory } from '../../src/catalogue/package-root.ts'
import { SCHEMA_FILES } from '../../src/catalogue/schema-files.ts'
import { isObject } from '../../src/core/api/json.ts'
import type { JsonObject } from '../../src/core/api/json.ts'

/** Every subschema below `properties`, `items` and `definitions`, with its path. */
function subschemas(schema: JsonObject, path = '#'): readonly (readonly [string, JsonObject])[] {
  const named = ['properties', 'definitions'].flatMap(key =>
    Object.entries(isObject(schema[key]) ? schema[key] : {}).map(
      ([name, value]) => [`${path}/${name}`, value] as const,
    ),
  )
  const all = [...named, [`${path}/items`, schema['items']] as const]
  const children = all.flatMap(([name, value]) => (isObject(value) ? subschemas(value, name) : []))
  return [[path, schema], ...children]
}

for (const file of Object.values(SCHEMA_FILES)) {
  const schema: JsonObject = JSON.parse(readFileSync(join(presetsDirectory(), file), 'utf8'))

  describe(file, () => {
    it('is a valid draft-07 schema', () => {
      const ajv = new Ajv()
      assert.ok(ajv.validateSchema(schema), ajv.errorsText())
    })

    for (const [path, part] of subschemas(schema)) {
      if (part['type'] === 'object') {
        it(`${path} takes no unknown field`, () => assert.equal(part['additionalProperties'], false))
      }
      if (part['type'] === 'string') {
        it(`${path} has a pattern that is anchored at both ends`, () => {
          const { pattern } = part
          assert.ok(typeof pattern === 'string' && pattern.startsWith('^') && pattern.endsWith('$'))
        })
      }
      for (const [name, property] of Object.entries(isObject(part['properties']) ? part['properties'] : {})) {
        it(`${path}/${name} says what it means`, () => {
          const target =
            isObject(property) && typeof property['$ref'] === 'string'
              ? property['$ref'].split('/').at(-1)
              : ''
          const definitions = isObject(schema['definitions']) ? schema['definitions'] : {}
          const described = [property, definitions[target ?? '']]
          assert.ok(described.some(one => isObject(one) && typeof one['description'] === 'string'))
        })
      }
    }
  })
}
