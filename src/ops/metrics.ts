// Pipeline: ops. Metrics in Prometheus' text format, all names beginning with kaito_native_. Label values come from closed
// sets, so that a stranger at the port cannot make new series.
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import { ENFORCEMENTS, type Enforcement } from '../core/policy/preset-policy.ts'
import { WORKLOAD_KINDS } from '../core/workload/kinds.ts'

export const METRICS_PREFIX = 'kaito_native_'

/** One answered admission request. */
export interface AdmissionSample {
  readonly webhook: string
  readonly kind: string
  readonly operation: string
  readonly outcome: string
  readonly durationMs: number
  readonly violations?: readonly ViolationSample[]
}

/** What a policy had against it: names of policies and of their fields, which are both finite. */
export interface ViolationSample {
  readonly policy: string
  readonly rule: string
  readonly enforcement: Enforcement
}

export interface Metrics {
  admissionAnswered(sample: AdmissionSample): void
  /** The enforcement of every policy that is in force. */
  policiesKnown(enforcements: readonly Enforcement[]): void
  readonly contentType: string
  /** The exposition. */
  render(): Promise<string>
}

const KNOWN_KINDS: ReadonlySet<string> = new Set(WORKLOAD_KINDS.map(kind => kind.kind))
const KNOWN_OPERATIONS: ReadonlySet<string> = new Set(['CREATE', 'UPDATE'])
const OTHER = 'other'
/** Seconds: a decision takes well under a millisecond; the API server waits for 3 s. */
const DURATION_BUCKETS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 1, 3]

/** One by one, between other work, counting costs three times what it costs together; nobody sees it before a scrape. */
const COUNTED_TOGETHER = 100

/** A registry of its own: nothing else of the process can add to it, and a test can make two. */
export function createMetrics(version: string): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: METRICS_PREFIX })
  const registers = [registry]
  const requests = new Counter({
    name: `${METRICS_PREFIX}admission_requests_total`,
    help: 'Admission requests by webhook, kind, operation and what was decided.',
    labelNames: ['webhook', 'kind', 'operation', 'decision'],
    registers,
  })
  const duration = new Histogram({
    name: `${METRICS_PREFIX}admission_duration_seconds`,
    help: 'From the head of an admission request to its answer.',
    labelNames: ['webhook', 'kind', 'operation'],
    buckets: DURATION_BUCKETS,
    registers,
  })
  const violations = new Counter({
    name: `${METRICS_PREFIX}policy_violations_total`,
    help: 'What policies had against annotated workloads, by policy, its field and its enforcement.',
    labelNames: ['policy', 'rule', 'enforcement'],
    registers,
  })
  const policies = new Gauge({
    name: `${METRICS_PREFIX}policies`,
    help: 'PresetPolicies in force, by enforcement.',
    labelNames: ['enforcement'],
    registers,
  })
  buildInfo(version, registers)
  const count = ({ labels, decision, durationMs, violated }: Counted): void => {
    requests.inc({ ...labels, decision })
    duration.observe(labels, durationMs / 1000)
    for (const violation of violated) violations.inc(violation)
  }
  let uncounted: Counted[] = []
  const countAll = (): void => {
    for (const sample of uncounted) count(sample)
    uncounted = []
  }
  return {
    policiesKnown(enforcements) {
      for (const enforcement of ENFORCEMENTS)
        policies.set({ enforcement }, enforcements.filter(one => one === enforcement).length)
    },
    admissionAnswered(sample) {
      if (uncounted.push(toCounted(sample)) >= COUNTED_TOGETHER) countAll()
    },
    contentType: registry.contentType,
    render: () => {
      countAll()
      return registry.metrics()
    },
  }
}

/** A sample as labels: nothing of a request is kept. */
interface Counted {
  readonly labels: { readonly webhook: string; readonly kind: string; readonly operation: string }
  readonly decision: string
  readonly durationMs: number
  readonly violated: readonly {
    readonly policy: string
    readonly rule: string
    readonly enforcement: string
  }[]
}

function toCounted({ webhook, kind, operation, outcome, durationMs, violations }: AdmissionSample): Counted {
  return {
    labels: {
      webhook,
      kind: KNOWN_KINDS.has(kind) ? kind : OTHER,
      operation: KNOWN_OPERATIONS.has(operation) ? operation : OTHER,
    },
    decision: outcome,
    durationMs,
    violated: (violations ?? []).map(({ policy, rule, enforcement }) => ({ policy, rule, enforcement })),
  }
}

function buildInfo(version: string, registers: Registry[]): void {
  const name = `${METRICS_PREFIX}build_info`
  const help = 'Always 1; the labels say what is running.'
  const info = new Gauge({ name, help, labelNames: ['version', 'node_version'], registers })
  info.set({ version, node_version: process.version }, 1)
}
