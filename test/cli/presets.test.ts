import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parse } from 'yaml'
import { CONTEXT } from '../core/admit/admission.ts'
import { runCli } from './run-cli.ts'

const FIELDS = [
  'name',
  'huggingFaceId',
  'revisions',
  'runtimes',
  'tunable',
  'licence',
  'sizeGiB',
  'maxModelLen',
  'aliases',
]

interface Row {
  readonly name: string
  readonly sizeGiB: number
  readonly aliases: readonly string[]
}

async function rowsOf(...args: readonly string[]): Promise<readonly Row[]> {
  return JSON.parse((await runCli(['presets', ...args, '-o', 'json'])).stdout) as Row[]
}

describe('presets', () => {
  it('lists every preset by name, with the contract’s fields', async () => {
    const rows = await rowsOf()
    assert.deepEqual(
      rows.map(({ name }) => name),
      CONTEXT.catalogue.presets.map(({ name }) => name).toSorted(),
    )
    for (const row of rows) assert.deepEqual(Object.keys(row), FIELDS)
    for (const { sizeGiB } of rows) assert.ok(sizeGiB > 1 && sizeGiB < 2000)
  })

  it('shows one, by name, alias or id in any case', async () => {
    const [phi] = await rowsOf('phi-4')
    assert.equal(phi?.name, 'phi-4')
    assert.deepEqual(await rowsOf('MICROSOFT/PHI-4'), [phi])
    for (const { name, aliases } of await rowsOf())
      for (const alias of aliases) assert.equal((await rowsOf(alias))[0]?.name, name)
  })

  it('prints a table by default, and YAML with the same rows', async () => {
    const table = (await runCli(['presets'])).stdout.trimEnd().split('\n')
    assert.match(
      table[0] ?? '',
      /^NAME +HUGGING FACE ID +SIZE +CONTEXT +RUNTIMES +TUNABLE +REVISIONS +LICENCE +ALIASES$/,
    )
    assert.equal(table.length, CONTEXT.catalogue.presets.length + 1)
    assert.deepEqual(parse((await runCli(['presets', '-o', 'yaml'])).stdout), await rowsOf())
  })

  it('refuses an unknown name with the nearest', async () => {
    const { code, stdout, stderr } = await runCli(['presets', 'phi-44'])
    assert.deepEqual([code, stdout], [1, ''])
    assert.match(stderr, /did you mean "phi-4"/)
  })
})
