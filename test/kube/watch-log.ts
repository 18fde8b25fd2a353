// A watch's handler and observer that write down what they are told, in order.
import type { WatchHandler } from '../../src/core/ports.ts'
import { objectAt, stringAt, type JsonObject } from '../../src/core/api/json.ts'
import type { WatchObserver } from '../../src/kube/watch.ts'

export interface WatchLog {
  readonly handler: WatchHandler
  readonly observer: WatchObserver
  /** `list`, `+name`, `-name`, `listed`. */
  readonly told: string[]
  /** Of which moment the lists were that have ended. */
  readonly listedAt: (string | undefined)[]
  /** `list`, `restart`, `failure: message`, `not served`, `handler: message`. */
  readonly happened: string[]
}

/** Nothing told yet; `onObject` is called for each object. */
export function makeWatchLog(onObject: (object: JsonObject) => void = () => {}): WatchLog {
  const told: string[] = []
  const happened: string[] = []
  const listedAt: (string | undefined)[] = []
  return {
    told,
    listedAt,
    happened,
    handler: {
      onListStart: () => told.push('list'),
      onListEnd(resourceVersion) {
        told.push('listed')
        listedAt.push(resourceVersion)
      },
      onObject(object) {
        told.push(`+${nameOf(object)}`)
        onObject(object)
      },
      onDeleted: object => told.push(`-${nameOf(object)}`),
    },
    observer: {
      onList: () => happened.push('list'),
      onRestart: () => happened.push('restart'),
      onNotServed: () => happened.push('not served'),
      onFailure: (_target, error) => happened.push(`failure: ${messageOf(error)}`),
      onHandlerError: (_target, error) => happened.push(`handler: ${messageOf(error)}`),
    },
  }
}

function nameOf(object: JsonObject): string {
  return stringAt(objectAt(object, 'metadata'), 'name') ?? '?'
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
