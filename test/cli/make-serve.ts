// A running `serve` in this process, with tiny decisions in place of the core, and eyes on what it was asked.
import type { ServeDependencies } from '../../src/cli/serve.ts'
import { serve } from '../../src/cli/serve.ts'
import { parseServeConfig } from '../../src/config.ts'
import { OFFLINE_FACTS, type ClusterFacts } from '../../src/core/admit/context.ts'
import type { AdmissionInput, Decision } from '../../src/core/api/decision.ts'
import { objectAt, stringAt } from '../../src/core/api/json.ts'
import { workloadKindOf } from '../../src/core/workload/kinds.ts'
import { annotationsOf, annotationsPath } from '../../src/core/workload/workload.ts'
import { createLog } from '../../src/ops/log.ts'
import { poll } from '../cluster/poll.ts'
import { makeDenied, makePlanned, makeSkipped } from '../webhooks/decisions.ts'

/** Stopped when its test is over, whatever came of that. */
export interface TestServe extends AsyncDisposable {
  /** `mutate CREATE Deployment default/name`, in order; self-checks aside. */
  readonly asked: string[]
  /** The facts that the last decision was made with. */
  readonly facts: () => ClusterFacts
  /** What it logged. */
  readonly log: readonly Record<string, unknown>[]
  /** Polls the log. */
  readonly logged: (message: RegExp) => Promise<Record<string, unknown>>
  readonly readyz: () => Promise<{ status: number; reasons: readonly string[] }>
  readonly ready: () => Promise<void>
  readonly metrics: () => Promise<string>
  /** Resolves when it has drained; rejects with what it rejected with. */
  readonly stop: () => Promise<void>
  /** Resolves or rejects as serve does. */
  readonly ended: Promise<void>
}

const UNREACHED = 5_000

/** Starts it on free ports of loopback. */
export function startServe(
  flags: Readonly<Record<string, string | undefined>>,
  overrides: Partial<ServeDependencies> = {},
): TestServe {
  const defaults = {
    '--webhook-url': 'https://127.0.0.1',
    '--webhook-port': '0',
    '--health-port': '0',
    '--bind-address': '127.0.0.1',
    // Without webhooks there is nothing else to run.
    ...(flags['--no-webhook'] === undefined && { '--no-controller': 'true' }),
  }
  const parsed = parseServeConfig({ ...defaults, ...flags }, {})
  if (!parsed.ok) throw new Error(parsed.errors.join('\n'))
  const stop = new AbortController()
  const asked: string[] = []
  const lines: Record<string, unknown>[] = []
  let facts = OFFLINE_FACTS
  const ended = serve(parsed.config, {
    version: '0.0.0-test',
    decideMutation(input, context) {
      facts = context.facts
      note('mutate', input)
      return decideMutation(input)
    },
    decideValidation(input) {
      note('validate', input)
      if (presetOf(input) === 'validate-bug') throw new Error('a bug for the test')
      return makeSkipped()
    },
    catalogue: { revision: 'test', presets: [], instanceTypes: [] },
    stop: stop.signal,
    log: createLog('debug', { write: line => void lines.push(JSON.parse(line)) }),
    ...overrides,
  })
  // Who waits for it gets the rejection; who does not must not die of it.
  ended.catch(() => {})

  function note(webhook: string, { operation, object }: AdmissionInput): void {
    const metadata = objectAt(object, 'metadata')
    const namespace = stringAt(metadata, 'namespace')
    // The self-check's workload has none.
    if (namespace === undefined) return
    const [kind = '', name = ''] = [stringAt(object, 'kind'), stringAt(metadata, 'name')]
    asked.push(`${webhook} ${operation} ${kind} ${namespace}/${name}`)
  }
  const logged = (message: RegExp) =>
    poll(`${String(message)} in the log`, UNREACHED, () =>
      lines.find(line => message.test(String(line['msg']))),
    )
  const get = async (path: string) => {
    const { port } = await logged(/health port is listening/)
    return fetch(`http://127.0.0.1:${String(port)}${path}`)
  }
  const readyz = async () => {
    const response = await get('/readyz')
    const { reasons = [] } = (await response.json()) as { reasons?: readonly string[] }
    return { status: response.status, reasons }
  }
  async function end(): Promise<void> {
    stop.abort()
    await ended
  }
  return {
    asked,
    facts: () => facts,
    log: lines,
    logged,
    readyz,
    ready: () =>
      poll('readiness', 15_000, async () => ((await readyz()).status === 200 ? true : undefined)).then(
        () => undefined,
      ),
    metrics: async () => (await get('/metrics')).text(),
    stop: end,
    ended,
    async [Symbol.asyncDispose]() {
      await end().catch(() => {})
    },
  }
}

function presetOf({ object }: AdmissionInput): unknown {
  return objectAt(objectAt(object, 'metadata'), 'annotations')['kaito.sh/preset']
}

/** A plan for what can have one, a bug where the test asks for it, a refusal for Jobs: as small as a decision can be. */
function decideMutation({ object }: AdmissionInput): Decision {
  const kind = workloadKindOf(object)
  if (kind === undefined) return makeSkipped()
  const annotations = annotationsOf(kind, object)
  const preset = annotations['kaito.sh/preset']
  if (preset === 'bug') throw new Error('a bug for the test')
  if (preset === undefined || annotations['kaito.sh/plan'] !== undefined) return makeSkipped()
  const field = `${annotationsPath(kind)}[kaito.sh/preset]`
  if (kind.runsToCompletion)
    return makeDenied([
      { type: 'Forbidden', field, detail: `a ${kind.kind} is refused here`, code: 'InvalidTemplate' },
    ])
  if (preset === 'unknown')
    return makeDenied([
      {
        type: 'NotFound',
        field,
        value: 'unknown',
        detail: 'see kaito-native presets',
        code: 'UnknownPreset',
      },
    ])
  return makePlanned(
    [{ op: 'add', path: '/metadata/annotations/kaito.sh~1plan', value: '{}' }],
    ['planned for the test'],
  )
}
