// Rows that are printed one after the other stand under each other.
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { createGrowingTable } from '../../../src/cli/format/growing-table.ts'

it('createGrowingTable', () => {
  const table = createGrowingTable(['NAME', 'READY', 'WHY'])
  assert.equal(table([]), '')
  assert.equal(
    table([['phi-4-mini', 'no', 'a long reason']]),
    'NAME         READY   WHY\nphi-4-mini   no      a long reason\n',
  )
  assert.equal(table([['x', 'yes', '']]), 'x            yes\n')
  assert.equal(table([['a-longer-name', 'no', 'y']]), 'a-longer-name   no      y\n')
  assert.equal(table([['x', 'yes', 'z']]), 'x               yes     z\n')
})
