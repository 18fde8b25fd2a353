// A lock between processes that cannot outlive its holder: SQLite takes it from the kernel (fcntl), which gives it back
// however the holder ends. Files with a process id in them need guesses about dead holders and reused ids; this does not.
import { DatabaseSync } from 'node:sqlite'
import { poll } from './poll.ts'
import { showProgress } from './progress.ts'

const sqliteBusy = 5

/** Holds the lock at `path` (a file that stays behind, empty) while `work` runs; somebody who must wait reads `waiting`. */
export const withLock = async <T>(path: string, waiting: string, work: () => Promise<T>): Promise<T> => {
  using lock = new DatabaseSync(path, { timeout: 0 })
  if (!tryLock(lock)) await waitForLock(lock, waiting)
  return await work()
}

const waitForLock = async (lock: DatabaseSync, waiting: string): Promise<void> => {
  using _ = showProgress(waiting)
  await poll(waiting, Infinity, () => (tryLock(lock) ? true : undefined))
}

const tryLock = (lock: DatabaseSync): boolean => {
  try {
    // Nothing is ever written, so no journal is wanted beside the file.
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN IMMEDIATE')
    return true
  } catch (error) {
    if (error instanceof Error && 'errcode' in error && error.errcode === sqliteBusy) return false
    throw error
  }
}
