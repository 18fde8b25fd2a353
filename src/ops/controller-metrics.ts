// Pipeline: ops. What the controller tells of itself. Label values come from closed sets.
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import { METRICS_PREFIX } from './metrics.ts'

const PREFIX = `${METRICS_PREFIX}controller_`
/** Seconds: a round is pure arithmetic over what is in memory. */
const ROUND_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]

/** Metrics of the controller's thread. */
export interface ControllerMetrics {
  readonly planned: (round: {
    readonly durationMs: number
    readonly waitingPods: number
    readonly claims: number
  }) => void
  readonly executed: (type: string, result: string) => void
  readonly leading: (isLeader: boolean) => void
  /** Asked whenever the metrics are read: seconds since the API server last said something, by resource. */
  readonly stalenessBy: (read: () => Readonly<Record<string, number>>) => void
  readonly watchRestarted: (resource: string, reason: 'list' | 'restart' | 'failure') => void
  readonly eventDropped: () => void
  /** The exposition. */
  readonly render: () => Promise<string>
}

/** A registry of its own. */
export function createControllerMetrics(): ControllerMetrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry, prefix: PREFIX })
  const rounds = new Histogram({
    name: `${PREFIX}round_duration_seconds`,
    help: 'Time of one round: observe and plan, without the calls that follow.',
    buckets: ROUND_BUCKETS,
    registers,
  })
  const gauge = (name: string, help: string) => new Gauge({ name: `${PREFIX}${name}`, help, registers })
  const waitingPods = gauge('waiting_pods', 'Pods that wait for a node.')
  const claims = gauge('claims', 'Claims of ours that exist.')
  const leader = gauge('leader', '1 in the replica that leads.')
  leader.set(0)
  const actions = new Counter({
    name: `${PREFIX}actions_total`,
    help: 'Calls of the API server that changed something, by what for and how they ended.',
    labelNames: ['type', 'result'],
    registers,
  })
  const restarts = new Counter({
    name: `${PREFIX}watch_restarts_total`,
    help: 'Watches that began again, by resource and why.',
    labelNames: ['resource', 'reason'],
    registers,
  })
  const dropped = new Counter({
    name: `${PREFIX}events_dropped_total`,
    help: 'Events that could not be written.',
    registers,
  })
  return {
    planned(round) {
      rounds.observe(round.durationMs / 1000)
      waitingPods.set(round.waitingPods)
      claims.set(round.claims)
    },
    executed: (type, result) => actions.inc({ type, result }),
    leading: isLeader => leader.set(isLeader ? 1 : 0),
    stalenessBy(read) {
      const staleness = new Gauge({
        name: `${METRICS_PREFIX}watch_staleness_seconds`,
        help: 'Since the API server last said something, by watched resource; bookmarks come every minute.',
        labelNames: ['resource'],
        registers,
        collect: () => {
          for (const [resource, seconds] of Object.entries(read())) staleness.set({ resource }, seconds)
        },
      })
    },
    watchRestarted: (resource, reason) => restarts.inc({ resource, reason }),
    eventDropped: () => dropped.inc(),
    render: () => registry.metrics(),
  }
}
