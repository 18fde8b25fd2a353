// Pipeline: cli. Watches of admission refresh themselves; what goes wrong on the way is worth a line, no more.
import type { WatchObserver } from '../kube/watch.ts'
import type { Log } from '../ops/log.ts'
import { messageOf } from './message-of.ts'

/** Logs failures alone. */
export function quietWatchObserver(log: Log): WatchObserver {
  return {
    onList: () => undefined,
    onRestart: () => undefined,
    onNotServed: () => undefined,
    onFailure({ path: { resource } }, error, delayMs) {
      log.warn({ resource, delayMs, reason: messageOf(error) }, 'a watch failed; trying again')
    },
    onHandlerError: ({ path: { resource } }, error) =>
      log.error({ resource, err: error }, 'a bug: a watch handler threw'),
  }
}
