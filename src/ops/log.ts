// Pipeline: ops. The log: JSON lines on stderr (stdout belongs to data). Written at the edge that decides, once; never
// whole objects, never Secrets.
import { destination, pino, type DestinationStream, type LevelWithSilent, type Logger } from 'pino'

export type Log = Logger

const STDERR = 2

/** Synchronous, so that the last line before an exit is not lost; nothing is logged for an ordinary request. */
export function createLog(
  level: LevelWithSilent,
  target: DestinationStream = destination({ fd: STDERR, sync: true }),
): Log {
  const options = {
    level,
    base: { name: 'kaito-native' },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
  }
  return pino(options, target)
}
