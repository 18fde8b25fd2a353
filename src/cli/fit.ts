// Pipeline: cli. `fit`: on which instance types a preset runs, best first, with the reason for each.
import type { Cloud } from '../core/api/names.ts'
import { formatFieldError } from '../core/api/field-error.ts'
import type { Catalogue, Preset } from '../core/preset/catalogue.ts'
import { commandSettings } from '../core/sizing/command-settings.ts'
import { fitRows, type FitRow } from '../core/sizing/fit-rows.ts'
import { resolveInstanceTypes } from '../core/sizing/instance-types.ts'
import { RUNTIMES } from '../core/api/names.ts'
import { multiNodeCommand, serverCommand, type CommandInput } from '../core/template/command.ts'
import { openCatalogue } from './catalogue.ts'
import { formatJson } from './format/json.ts'
import { formatTable } from './format/table.ts'
import { CommandError, type Io } from './io.ts'
import { resolvedPreset } from './named-preset.ts'

export interface FitOptions {
  readonly preset: string
  readonly cloud?: Cloud | 'any'
  /** Empty or absent: those of the cloud. */
  readonly instanceTypes?: readonly string[]
  readonly output: 'table' | 'json'
  readonly catalogue?: string
}

/** A row as scripts get it: the contract's fields, and the server's command line where it fits. */
export interface FitOutputRow extends FitRow {
  readonly command?: string
}

/** Runs the command; the exit code is 1 where the preset fits nowhere. */
export async function runFit(options: FitOptions, io: Io): Promise<number> {
  const catalogue = await openCatalogue(options.catalogue)
  const { preset, revision } = resolvedPreset(catalogue, options.preset)
  const named = resolveInstanceTypes(options.instanceTypes ?? [], catalogue, '--instance-type')
  if (named.errors.length > 0) throw new CommandError(named.errors.map(formatFieldError))
  const rows = fitRows(preset, catalogue, {
    cloud: options.cloud ?? 'azure',
    instanceTypes: options.instanceTypes,
    revision: revision?.name,
  })
  io.out(
    options.output === 'json'
      ? formatJson(rows.map(row => withCommand(row, preset, catalogue)))
      : fitTable(rows),
  )
  return rows.some(({ fits }) => fits) ? 0 : 1
}

/** Multi-node rows name the leader by the placeholders WORKLOAD and NAMESPACE. */
function withCommand(row: FitRow, preset: Preset, catalogue: Catalogue): FitOutputRow {
  const revision = preset.revisions.find(({ name }) => name === row.revision)
  const runtime = RUNTIMES.find(name => revision?.runtimes[name] !== undefined)
  if (!row.fits || revision === undefined || runtime === undefined) return row
  const { gpusPerPod, podsPerNode, nodesPerReplica, parallelism } = row
  const placement = {
    instanceTypes: [row.instanceType],
    gpusPerPod,
    podsPerNode,
    nodesPerReplica,
    parallelism,
  }
  const input: CommandInput = {
    revision,
    runtime,
    placement,
    ...commandSettings(placement, revision, runtime, catalogue),
  }
  const leader = 'WORKLOAD-0.WORKLOAD-headless.NAMESPACE.svc.cluster.local'
  return { ...row, command: nodesPerReplica > 1 ? multiNodeCommand(input, leader) : serverCommand(input) }
}

function fitTable(rows: readonly FitRow[]): string {
  return formatTable(
    [
      'INSTANCE TYPE',
      'CLOUD',
      'GPU',
      'GPUS',
      'GIB/GPU',
      'FITS',
      'GPUS/POD',
      'PODS/NODE',
      'NODES',
      'TP/PP/DP',
      'REVISION',
      'PRICE/H',
      'REASON',
    ],
    rows.map(row => [
      row.instanceType,
      row.cloud,
      row.gpu,
      String(row.gpuCount),
      String(row.gpuMemoryGiB),
      row.fits ? 'yes' : 'no',
      ...(row.fits ? [row.gpusPerPod, row.podsPerNode, row.nodesPerReplica].map(String) : ['-', '-', '-']),
      row.fits ? `${row.parallelism.tensor}/${row.parallelism.pipeline}/${row.parallelism.data}` : '-',
      row.revision,
      row.pricePerHour === undefined ? '-' : String(row.pricePerHour),
      row.nodesPerReplica > 1 ? `${row.reason} Only as a StatefulSet.` : row.reason,
    ]),
  )
}
