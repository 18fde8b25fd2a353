import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { withLock } from './lock.ts'
import { runNode } from './node-process.ts'
import { temporaryFolder } from './temporary-folder.ts'

const holder = (path: string): string => `
  import { withLock } from './lock.ts'
  await withLock(${JSON.stringify(path)}, 'waiting', async () => {
    console.log('held')
    await new Promise(resolve => setTimeout(resolve, 600_000))
  })`

describe('a lock', () => {
  const folder = temporaryFolder()

  test('is given to one at a time, in one process too', async () => {
    const path = join(folder, 'one-process')
    const events: string[] = []
    const hold = (name: string): Promise<void> =>
      withLock(path, 'waiting', async () => {
        events.push(`${name} begins`)
        await new Promise(setImmediate)
        events.push(`${name} ends`)
      })
    await Promise.all([hold('a'), hold('b'), hold('c')])
    assert.equal(events.length, 6)
    for (let i = 0; i < events.length; i += 2)
      assert.equal(events[i + 1], events[i]?.replace('begins', 'ends'), events.join(', '))
  })

  test('is held against another process until that process is killed', async () => {
    const path = join(folder, 'two-processes')
    const other = runNode(holder(path))
    assert.equal(await other.nextLine(), 'held')
    let held = false
    const mine = withLock(path, 'waiting', async () => {
      held = true
    })
    // A free lock is taken at once, before anything is awaited.
    assert.equal(held, false)
    await other.kill('SIGKILL')
    await mine
    assert.equal(held, true)
  })

  test('is given back when the work fails', async () => {
    const path = join(folder, 'failing')
    await assert.rejects(
      withLock(path, 'waiting', () => Promise.reject(new Error('no'))),
      /no/,
    )
    assert.equal(await withLock(path, 'waiting', () => Promise.resolve('held')), 'held')
  })
})
