// A candidate of a leader election, and what happens to it in order.
import { runAsLeader, type Lead, type LeaderOptions } from '../../src/kube/leader.ts'

export interface Candidate {
  /** `elected`, `leads`, `ends`, `lost: …`, `released`, `sees NAME`, `failure: …`. */
  readonly happened: string[]
  readonly isLeading: () => boolean
  /** Asks it to stop. */
  readonly stop: () => void
  /** What leads has ended, after it was asked to (only where `holdOn` is set). */
  readonly letGo: () => void
  readonly ended: Promise<void>
}

export type CandidateOptions = Omit<LeaderOptions, 'signal' | 'namespace' | 'name'> & {
  /** What leads does not end before `letGo`. */
  readonly holdOn?: boolean
  /** What leads, in place of what only waits for its end. */
  readonly lead?: Lead
}

/** Stands for election at once, for the Lease `kaito-system/kaito-native`. */
export function startCandidate({ holdOn = false, lead, ...options }: CandidateOptions): Candidate {
  const happened: string[] = []
  const stop = new AbortController()
  const gone = Promise.withResolvers<void>()
  let leading = false

  async function leadUntilOver(signal: AbortSignal): Promise<void> {
    happened.push('leads')
    leading = true
    await new Promise<void>(resolve => {
      if (signal.aborted) resolve()
      else signal.addEventListener('abort', () => resolve(), { once: true })
    })
    if (holdOn) await gone.promise
    leading = false
    happened.push('ends')
  }

  const names = { namespace: 'kaito-system', name: 'kaito-native' }
  const ended = runAsLeader({ ...options, ...names, signal: stop.signal }, lead ?? leadUntilOver, {
    onElected: () => happened.push('elected'),
    onLost: reason => happened.push(`lost: ${reason}`),
    onReleased: () => happened.push('released'),
    onOtherLeader: identity => happened.push(`sees ${identity}`),
    onFailure: error => happened.push(`failure: ${error instanceof Error ? error.message : String(error)}`),
  })
  // A test that expects a failure awaits it later.
  ended.catch(() => undefined)
  return {
    happened,
    isLeading: () => leading,
    stop: () => stop.abort(new Error('stopped')),
    letGo: () => gone.resolve(),
    ended,
  }
}
