import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { runNode } from './node-process.ts'

// Reports its clean-ups, in order; `then` says how it goes on.
const program = (then: string): string => `
  import { onProcessEnd } from './process-end.ts'
  import { writeSync } from 'node:fs'
  const report = text => writeSync(1, text + '\\n')
  onProcessEnd(failed => report('first, failed ' + failed))
  onProcessEnd(failed => report('second, failed ' + failed))
  onProcessEnd(() => report('taken back'))()
  const timer = setInterval(() => {}, 60_000)
  report('ready')
  ${then}`

const lines = async (runner: ReturnType<typeof runNode>, count: number): Promise<readonly string[]> => {
  const read: string[] = []
  while (read.length < count) read.push(await runner.nextLine())
  await assert.rejects(runner.nextLine(), /ended without another line/)
  return read
}

describe('what is registered for the end of a process runs once, the last first,', () => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    test(`on ${signal}, which still ends the process`, async () => {
      const runner = runNode(program(''))
      assert.equal(await runner.nextLine(), 'ready')
      assert.deepEqual(await runner.kill(signal), { code: null, signal })
      assert.deepEqual(await lines(runner, 2), ['second, failed false', 'first, failed false'])
    })
  }

  for (const [name, then, code, failed] of [
    ['on an orderly end', 'clearInterval(timer)', 0, false],
    ['on process.exit', 'process.exit(3)', 3, true],
    ['on an uncaught error', `setImmediate(() => { throw new Error('thrown on purpose') })`, 1, true],
  ] as const) {
    test(name, async () => {
      const runner = runNode(program(then))
      const want = ['ready', `second, failed ${failed}`, `first, failed ${failed}`]
      assert.deepEqual(await lines(runner, 3), want)
      assert.deepEqual(await runner.ended, { code, signal: null })
    })
  }

  test('not before a program that handles the signal itself has done so', async () => {
    const own = `process.on('SIGTERM', () => setImmediate(() => { report('own'); process.exit(0) }))`
    const runner = runNode(program(`${own}; report('listens')`))
    assert.deepEqual([await runner.nextLine(), await runner.nextLine()], ['ready', 'listens'])
    assert.deepEqual(await runner.kill('SIGTERM'), { code: 0, signal: null })
    assert.deepEqual(await lines(runner, 3), ['own', 'second, failed false', 'first, failed false'])
  })
})
