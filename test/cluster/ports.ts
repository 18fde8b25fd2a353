// Free TCP ports on loopback. They are drawn from below the ranges from which systems take ports for outgoing connections
// (Linux 32768, others 49152), so that no connection takes one between its choice and its use.
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

const lowest = 20_000
const highest = 32_000
const attempts = 100
const taken = new Set<number>()

/** A port that nothing listens on, never the same twice in one process. */
export const freePort = async (attemptsLeft = attempts): Promise<number> => {
  if (attemptsLeft === 0) throw new Error(`no free port on 127.0.0.1 between ${lowest} and ${highest}`)
  const port = randomInt(lowest, highest)
  if (taken.has(port) || !(await isFree(port))) return await freePort(attemptsLeft - 1)
  taken.add(port)
  return port
}

const isFree = async (port: number): Promise<boolean> => {
  const server = createServer()
  try {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    return true
  } catch {
    return false
  } finally {
    server.close()
  }
}
