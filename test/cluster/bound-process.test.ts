import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, test } from 'node:test'
import { killGroup, readAll, spawnBound } from './bound-process.ts'
import { runNode } from './node-process.ts'
import { poll } from './poll.ts'
import { processesMentioning } from './running-processes.ts'

const timeoutMs = 10_000
const shell = { path: '/bin/sh', watchesLifeline: false }

// The marker is in the command line of the guard, of the shell and of its child, and of nothing else.
const startMarked = (marker: string): string => `
  import { spawnBound } from './bound-process.ts'
  const shell = { path: '/bin/sh', watchesLifeline: false }
  const child = spawnBound(shell, ['-c', 'echo up; sh -c "sleep 600; :" "$0"; :', ${JSON.stringify(marker)}.toLowerCase()], {
    env: process.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  child.stdout.once('data', () => console.log(child.pid))`

const marked = (marker: string): Promise<readonly string[]> => processesMentioning(marker.toLowerCase())
const untilGone = async (marker: string): Promise<void> => {
  await poll(`no process of ${marker}`, timeoutMs, async () =>
    (await marked(marker)).length === 0 ? true : undefined,
  )
}

describe('a bound process', () => {
  for (const signal of ['SIGKILL', 'SIGTERM', 'SIGINT'] as const) {
    test(`ends with its parent, with all that it started, by ${signal}`, async () => {
      const marker = `PARENT-GONE-${signal}-${process.pid}`
      const parent = runNode(startMarked(marker))
      await parent.nextLine()
      assert.notEqual((await marked(marker)).length, 0)
      await parent.kill(signal)
      await untilGone(marker)
    })
  }

  test('ends when its guard alone is killed', async () => {
    const marker = `GUARD-GONE-${process.pid}`
    const parent = runNode(startMarked(marker))
    process.kill(Number(await parent.nextLine()), 'SIGKILL')
    await untilGone(marker)
    await parent.kill('SIGKILL')
  })

  test('does not keep an idle parent running', async () => {
    const parent = runNode(
      `${startMarked(`IDLE-${process.pid}`)}\nchild.unref()\nchild.stdout.unref()\nchild.stderr.unref()`,
    )
    assert.deepEqual(await parent.ended, { code: 0, signal: null })
    await untilGone(`IDLE-${process.pid}`)
  })

  test('gives its output and its exit code through the guard', async () => {
    const child = spawnBound(shell, ['-c', 'read -r line; echo "got $line $SOME"; echo bad >&2; exit 7'], {
      env: { ...process.env, SOME: 'thing' },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    child.stdin?.end('input\n')
    const [out, error, [code]] = await Promise.all([
      readAll(child.stdout),
      readAll(child.stderr),
      once(child, 'exit'),
    ])
    assert.deepEqual({ out, error, code }, { out: 'got input thing\n', error: 'bad\n', code: 7 })
  })

  test('that is no program is reported', async () => {
    const child = spawnBound({ path: '/no/such/program', watchesLifeline: false }, [], {
      env: process.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const [error, [code]] = await Promise.all([readAll(child.stderr), once(child, 'exit')])
    assert.match(error, /ENOENT/)
    assert.equal(code, 127)
  })

  test('is killed with what it started, and killing it again is harmless', async () => {
    const child = spawnBound(shell, ['-c', 'sleep 600 & echo up; wait'], {
      env: process.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const ended = once(child, 'exit')
    child.stdout?.once('data', () => killGroup(child))
    // The pipe ends when the last process that writes to it does.
    assert.deepEqual(await Promise.all([readAll(child.stdout), ended]), ['up\n', [null, 'SIGKILL']])
    killGroup(child)
  })
})
