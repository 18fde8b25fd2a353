// Shell: controller. Runs tasks by key: one at a time for each key, a bounded number at once, and after a failure not again
// before its back-off is over. What a round could not start yet is replaced by what the next round finds to do.
import type { Clock, Failure } from '../core/ports.ts'

/** One write, or a few that belong together. */
export interface Task {
  /** Of what it works on: `claim kn1a2b`, `pod 0b1c…`. */
  readonly key: string
  readonly type: string
  /** For the log: `default/phi-4-mini-0`. */
  readonly subject: string
  run(): Promise<void>
}

/** What is to be done now, and what runs. */
export interface WorkQueue {
  /** All that there is to do now; what waits from an earlier call is forgotten. */
  submit(tasks: readonly Task[]): void
  /** Milliseconds until the first of the tasks that were held back by a back-off may run; undefined: none was. */
  nextDueMs(): number | undefined
  /** Why the last try of a key failed; undefined once it has succeeded. */
  failureOf(key: string): Failure | undefined
  /** Starts nothing more; resolves when nothing runs any more. */
  drained(): Promise<void>
}

/** Where the queue is embedded. */
export interface WorkQueueOptions {
  readonly clock: Clock
  readonly classify: (error: unknown) => Failure
  readonly onDone: (task: Task, failure: Failure | undefined) => void
  /** Asked before every start; always, unless given. */
  readonly mayStart?: () => boolean
  /** Tasks at once; every one is a request to the API server. */
  readonly concurrency?: number
}

const CONCURRENCY = 16
/** A conflict is over as soon as the watch has brought the new version. */
const CONFLICT_MS = 100
const BASE_MS = 500
const CAP_MS = 60_000

interface Held {
  readonly failures: number
  readonly notBeforeMs: number
  readonly failure: Failure
}

/** An empty queue. */
export function createWorkQueue(options: WorkQueueOptions): WorkQueue {
  const { clock, classify, onDone, mayStart = () => true, concurrency = CONCURRENCY } = options
  const running = new Map<string, Promise<void>>()
  const held = new Map<string, Held>()

  let waiting: Task[] = []

  const start = async (task: Task): Promise<void> => {
    const failure = await Promise.try(() => task.run()).then(() => undefined, classify)
    running.delete(task.key)
    if (failure === undefined) held.delete(task.key)
    else held.set(task.key, holdBack(held.get(task.key), failure, clock.now()))
    onDone(task, failure)
    pump()
  }
  const pump = (): void => {
    while (running.size < concurrency && mayStart()) {
      const task = waiting.shift()
      if (task === undefined) return
      running.set(task.key, start(task))
    }
  }
  return {
    submit(tasks) {
      const wanted = new Set(tasks.map(task => task.key))
      // What nobody wants any more needs no back-off, and would be kept for ever.
      for (const key of held.keys()) if (!wanted.has(key) && !running.has(key)) held.delete(key)
      const now = clock.now()
      waiting = tasks.filter(({ key }) => !running.has(key) && (held.get(key)?.notBeforeMs ?? 0) <= now)
      pump()
    },
    nextDueMs() {
      // What is running or waits for its turn makes itself heard.
      const busy = new Set([...running.keys(), ...waiting.map(({ key }) => key)])
      const times = [...held].filter(([key]) => !busy.has(key)).map(([, { notBeforeMs }]) => notBeforeMs)
      return times.length === 0 ? undefined : Math.max(0, Math.min(...times) - clock.now())
    },
    failureOf: key => held.get(key)?.failure,
    async drained() {
      waiting = []
      while (running.size > 0) await Promise.all(running.values())
    },
  }
}

/** 0.5 s, 1 s, 2 s, … one minute; a conflict is tried again at once, but not in a tight loop. */
function holdBack(before: Held | undefined, failure: Failure, nowMs: number): Held {
  const failures = (before?.failures ?? 0) + 1
  const backOffMs =
    failure.kind === 'conflict' && failures < 5
      ? CONFLICT_MS
      : Math.min(CAP_MS, BASE_MS * 2 ** Math.min(failures - 1, 16))
  return { failures, failure, notBeforeMs: nowMs + Math.max(backOffMs, failure.retryAfterMs ?? 0) }
}
