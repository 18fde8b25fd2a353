import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { createDataFolder, removeAbandonedFolders, removeDataFolder } from './data-folder.ts'
import { temporaryFolder } from './temporary-folder.ts'

const now = Date.now()
const hourMs = 60 * 60 * 1000
const deadPid = Number(execFileSync('/bin/sh', ['-c', 'echo $$'], { encoding: 'utf8' }))

describe('an abandoned data folder', () => {
  for (const [name, owner, ageMs, stays] of [
    ['of a dead process', `${deadPid} ${hostname()}`, 2 * hourMs, false],
    ['of a process that died just now', `${deadPid} ${hostname()}`, 0, true],
    ['of a living process', `${process.pid} ${hostname()}`, 2 * hourMs, true],
    ['of a process on another host', `${deadPid} not-${hostname()}`, 2 * hourMs, true],
    ['without an owner', undefined, 2 * hourMs, true],
  ] as const) {
    test(`${name} ${stays ? 'stays' : 'is removed'}`, async () => {
      const parent = temporaryFolder()
      const folder = join(parent, 'kaito-native-cluster-x')
      mkdirSync(join(folder, 'etcd'), { recursive: true })
      if (owner !== undefined) {
        writeFileSync(join(folder, 'owner'), owner)
        utimesSync(join(folder, 'owner'), new Date(now - ageMs), new Date(now - ageMs))
      }
      await removeAbandonedFolders(parent, now - hourMs)
      assert.equal(existsSync(folder), stays)
    })
  }

  test('is looked for among folders of that name only', async () => {
    const parent = temporaryFolder()
    mkdirSync(join(parent, 'other'))
    writeFileSync(join(parent, 'other', 'owner'), `${deadPid} ${hostname()}`)
    await removeAbandonedFolders(parent, Infinity)
    assert.deepEqual(readdirSync(parent), ['other'])
  })
})

describe('removing a data folder', () => {
  for (const [keep, want] of [
    ['nothing', undefined],
    ['logs', ['logs']],
    ['everything', ['home', 'logs', 'pki']],
  ] as const) {
    test(`but for ${keep}`, async () => {
      const folder = await createDataFolder()
      removeDataFolder(folder, keep)
      const left = existsSync(folder) ? readdirSync(folder).toSorted() : undefined
      assert.deepEqual(left, want)
      removeDataFolder(folder, 'nothing')
      assert.equal(existsSync(folder), false)
    })
  }
})
