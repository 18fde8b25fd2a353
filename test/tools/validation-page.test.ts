// docs/validation.md: every rule of upstream has a row, and every row a test that is there or the reason why it has none.
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'

const ROOT = join(import.meta.dirname, '..', '..')
const PAGE = readFileSync(join(ROOT, 'docs/validation.md'), 'utf8')

interface Row {
  readonly number: string
  readonly last: string
}

function rowsOf(page: string): readonly Row[] {
  return [...page.matchAll(/^\| ((?:4|12|A)-\d+) [^|]+\|[^|]+\| ([^|]+) \|$/gm)].map(
    ([, number = '', last = '']) => ({
      number,
      last,
    }),
  )
}

/** What is wrong with a row's last cell; undefined: nothing. */
function problemOf({ last }: Row): string | undefined {
  const [, path, title] = /^`([\w/.-]+)` "(.+)"$/.exec(last) ?? []
  if (path === undefined || title === undefined)
    return /^does not apply: .{10,}/.test(last) ? undefined : 'names neither a test nor a reason'
  const file = join(ROOT, 'test', `${path}.test.ts`)
  if (!existsSync(file)) return `${file} does not exist`
  const text = readFileSync(file, 'utf8')
  return ["'", '`', '"'].some(quote => text.includes(quote + title + quote))
    ? undefined
    : `no test is called ${title}`
}

function numbers(version: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${version}-${index + 1}`)
}

describe('docs/validation.md', () => {
  it('has a row for every rule of upstream, in its order', () => {
    const want = [...numbers('4', 29), ...numbers('12', 32), ...numbers('A', 10)]
    assert.deepEqual(
      rowsOf(PAGE).map(({ number }) => number),
      want,
    )
  })

  for (const row of rowsOf(PAGE))
    it(`${row.number} has a test that is there, or a reason`, () => {
      assert.equal(problemOf(row), undefined)
    })

  it('would be found wrong', () => {
    for (const last of [
      '',
      'does not apply',
      '`core/admit/refusals` "no such test"',
      '`core/none` "nodeName"',
    ])
      assert.notEqual(problemOf({ number: '4-1', last }), undefined, last)
  })
})
