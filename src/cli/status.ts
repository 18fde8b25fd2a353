// Pipeline: cli. `status`: what became of the workloads. Exit code 0 for a list; for one that is named 1 unless it is ready,
// so that scripts can ask.
import { setInterval } from 'node:timers/promises'
import { kubeEnvironment } from '../config.ts'
import type { InstanceType } from '../core/preset/catalogue.ts'
import type { StatusRow } from '../core/status/status-row.ts'
import { isTransient } from '../kube/errors.ts'
import type { KubeEnvironment } from '../kube/kubeconfig.ts'
import { createStatusReader } from '../kube/status-reader.ts'
import { openCatalogue } from './catalogue.ts'
import { withCluster, type ClusterAccess, type ClusterOptions } from './cluster-access.ts'
import { createGrowingTable } from './format/growing-table.ts'
import { formatJson } from './format/json.ts'
import { STATUS_HEADS, statusCells } from './format/status.ts'
import { CommandError, type Io } from './io.ts'
import { keyOf, statusRows } from './status-rows.ts'
import { stopOnSignals } from './stop-signal.ts'
import { formatTarget, type Target } from './target.ts'

/** The command line. */
export interface StatusOptions extends ClusterOptions {
  readonly target?: Target
  readonly allNamespaces?: boolean
  readonly watch?: boolean
  readonly output: 'table' | 'json'
  /** For prices. */
  readonly catalogue?: string
}

/** Replaced by tests. */
export interface StatusDependencies {
  readonly environment?: KubeEnvironment
  /** Ends `--watch`; SIGINT and SIGTERM unless given. */
  readonly stop?: AbortSignal
  readonly now?: () => number
  /** Milliseconds between two looks of `--watch`. */
  readonly periodMs?: number
}

const PERIOD_MS = 2000

/** Runs the command; the exit code. */
export async function runStatus(
  options: StatusOptions,
  io: Io,
  dependencies: StatusDependencies = {},
): Promise<number> {
  const { environment = kubeEnvironment() } = dependencies
  const { instanceTypes } = await openCatalogue(options.catalogue)
  return await withCluster(options, environment, async access => {
    const look = createLook(options, access, instanceTypes)
    return options.watch === true
      ? await watchStatus(look, options, io, dependencies)
      : showStatus(await look.rows(), look.scope, options, io, dependencies)
  })
}

interface Look {
  readonly rows: () => Promise<readonly StatusRow[]>
  /** For messages. */
  readonly scope: string
}

function createLook(
  { allNamespaces = false, target }: StatusOptions,
  { client, namespace }: ClusterAccess,
  instanceTypes: readonly InstanceType[],
): Look {
  const reader = createStatusReader(client, allNamespaces ? undefined : namespace)
  return {
    rows: async () => statusRows(await reader.read(), instanceTypes, target),
    scope: allNamespaces ? 'any namespace' : `namespace ${namespace}`,
  }
}

function showStatus(
  rows: readonly StatusRow[],
  scope: string,
  options: StatusOptions,
  io: Io,
  { now = Date.now }: StatusDependencies,
): number {
  const { target, output } = options
  if (rows.length === 0 && target !== undefined)
    throw new CommandError([`no workload ${formatTarget(target)} with a plan of kaito-native in ${scope}`])
  if (output === 'json') io.out(formatJson(rows))
  else if (rows.length === 0) io.err(`No workloads with a plan of kaito-native found in ${scope}.`)
  else io.out(tableOf(options)(rows, now()))
  if (target === undefined) return 0
  const unready = rows.filter(({ workspaceReady }) => workspaceReady !== 'True')
  for (const { kind, name, reason, message } of unready)
    io.err(`${kind}/${name} is not ready: ${reason}: ${message}`)
  return unready.length === 0 ? 0 : 1
}

async function watchStatus(
  look: Look,
  options: StatusOptions,
  io: Io,
  dependencies: StatusDependencies,
): Promise<number> {
  const { stop = stopOnSignals(), now = Date.now, periodMs = PERIOD_MS } = dependencies
  const print = options.output === 'json' ? jsonLines : tableOf(options)
  let shown: ReadonlyMap<string, string> = new Map()
  let failure = ''
  for await (const _ of looks(periodMs, stop)) {
    try {
      const rows = await look.rows()
      const texts = new Map(rows.map(row => [keyOf(row), JSON.stringify(row)]))
      const before = shown
      const changed = rows.filter(row => before.get(keyOf(row)) !== texts.get(keyOf(row)))
      if (changed.length > 0) io.out(print(changed, now()))
      for (const key of before.keys()) if (!texts.has(key)) io.err(`${key} is gone`)
      shown = texts
      failure = ''
    } catch (error) {
      if (!isTransient(error)) throw error
      if (error.message !== failure) io.err(`warning: ${error.message}; trying again`)
      failure = error.message
    }
  }
  return 0
}

/** At once, then every period until the signal. */
async function* looks(periodMs: number, signal: AbortSignal): AsyncGenerator<void> {
  if (signal.aborted) return
  yield
  try {
    for await (const _ of setInterval(periodMs, undefined, { signal })) yield
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

type Print = (rows: readonly StatusRow[], nowMs: number) => string

function jsonLines(rows: readonly StatusRow[]): string {
  return rows.map(row => `${JSON.stringify(row)}\n`).join('')
}

function tableOf({ allNamespaces = false }: StatusOptions): Print {
  const table = createGrowingTable(allNamespaces ? ['NAMESPACE', ...STATUS_HEADS] : STATUS_HEADS)
  return (rows, nowMs) =>
    table(
      rows.map(row =>
        allNamespaces ? [row.namespace, ...statusCells(row, nowMs)] : statusCells(row, nowMs),
      ),
    )
}
