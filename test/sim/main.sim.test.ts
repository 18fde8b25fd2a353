// `npm run sim` as scripts rely on it: progress, the seed and the invariant, the shortest story, the last line, exit codes.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, test } from 'node:test'
import { makeMutant, MUTATIONS } from './mutations.ts'

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url))

function sim(...args: readonly string[]): { code: number | null; lines: readonly string[]; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8' })
  return { code: status, lines: stdout.trimEnd().split('\n'), stderr }
}

/** Lines of a trace: each begins with the simulated time. */
function story(lines: readonly string[]): number {
  return lines.filter(line => /^ *\d+:\d\d\.\d{3} /.test(line)).length
}

describe('npm run sim', () => {
  test('tells its progress, and closes with the number of runs and violations', () => {
    const { code, lines } = sim('--from', '20', '--seeds', '3')
    assert.deepEqual([code, lines], [0, ['1 of 3', '2 of 3', '3 runs, 0 violations']])
  })

  test('a violation: seed, invariant, the shortest story, exit code 1; and the seed tells it again', async () => {
    const mutation = MUTATIONS.find(({ name }) => name === 'gates open before the node is ready')
    assert.ok(mutation !== undefined)
    using mutant = await makeMutant(mutation)
    const found = sim('--code', mutant.folder, '--from', '0', '--seeds', '1', '--shrink')
    assert.equal(found.code, 1)
    const invariant = /^seed 0: ([^:]+): /.exec(found.lines[0] ?? '')?.[1] ?? ''
    assert.notEqual(invariant, '', found.lines[0])
    assert.equal(found.lines.at(-1), '1 runs, 1 violations')
    const again = sim('--code', mutant.folder, '--seed', '0')
    assert.deepEqual([again.code, again.lines[0]], [1, found.lines[0]])
    assert.ok(story(found.lines) > 0 && story(found.lines) < story(again.lines), 'it is shorter')
    assert.ok(found.lines.some(line => line.includes(`VIOLATION: ${invariant}: `)))
  })

  test('what it does not understand is exit code 2, and nothing on stdout', () => {
    for (const args of [['--seeds', 'many'], ['--sides'], ['--from', '-1']]) {
      const { code, lines, stderr } = sim(...args)
      assert.deepEqual([code, lines], [2, ['']])
      assert.match(stderr, /--(seeds|sides|from)/)
    }
  })
})
