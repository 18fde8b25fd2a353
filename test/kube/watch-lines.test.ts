import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as fc from 'fast-check'
import type { JsonObject } from '../../src/core/api/json.ts'
import { isTransient } from '../../src/kube/errors.ts'
import { parseLines } from '../../src/kube/watch-lines.ts'

async function* chunksOf(chunks: readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* chunks
}

async function parsed(chunks: readonly Buffer[]): Promise<JsonObject[]> {
  return await listOf(parseLines(chunksOf(chunks)))
}

async function listOf(lines: AsyncIterable<JsonObject>): Promise<JsonObject[]> {
  const objects: JsonObject[] = []
  for await (const object of lines) objects.push(object)
  return objects
}

/** The text cut at these places, whatever is there. */
function cut(text: string, places: readonly number[]): Buffer[] {
  const bytes = Buffer.from(text)
  const ends = [...places.map(place => place % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b)
  return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end))
}

describe('parseLines', () => {
  test('gives every object, wherever the chunks cut', async () => {
    const objects = fc.array(fc.dictionary(fc.string(), fc.string({ unit: 'grapheme' })), { maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(objects, fc.array(fc.nat(), { maxLength: 20 }), async (want, places) => {
        const text = want.map(object => `${JSON.stringify(object)}\n`).join('')
        assert.deepEqual(JSON.stringify(await parsed(cut(text, places))), JSON.stringify(want))
      }),
    )
  })

  test('a character that is cut in two is one character', async () => {
    const bytes = Buffer.from('{"a":"é"}\n')
    const middle = bytes.indexOf(0xc3) + 1
    assert.deepEqual(await parsed([bytes.subarray(0, middle), bytes.subarray(middle)]), [{ a: 'é' }])
  })

  test('a line of megabytes in many chunks', async () => {
    const object = { data: 'x'.repeat(3 * 2 ** 20) }
    const text = `${JSON.stringify(object)}\n{"b":1}\n`
    const places = Array.from({ length: 200 }, (_, index) => index * 16_384)
    assert.deepEqual(await parsed(cut(text, places)), [object, { b: 1 }])
  })

  test('a last line that was cut off is left out', async () => {
    assert.deepEqual(await parsed([Buffer.from('{"a":1}\n{"b":1')]), [{ a: 1 }])
  })

  test('empty lines are nothing', async () => {
    assert.deepEqual(await parsed([Buffer.from('\n{"a":1}\n\n')]), [{ a: 1 }])
  })

  for (const text of ['<html>\n', '[1]\n', 'null\n', '{"a":\n']) {
    test(`${JSON.stringify(text)} comes from something that is no API server`, async () => {
      await assert.rejects(parsed([Buffer.from(text)]), (error: unknown) => isTransient(error))
    })
  }

  test('a line without end does not fill the memory', async () => {
    const chunk = Buffer.alloc(2 ** 20, 'x')
    let sent = 0
    async function* endless(): AsyncGenerator<Buffer> {
      for (; sent < 100; sent++) yield chunk
    }
    await assert.rejects(listOf(parseLines(endless())), (error: unknown) => isTransient(error))
    assert.ok(sent < 20, `${sent} MiB were taken`)
  })
})
