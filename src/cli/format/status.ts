// Pipeline: cli. `status` as a table: KAITO's columns first, in KAITO's order, then kaito-native's.
import type { StatusRow } from '../../core/status/status-row.ts'
import { formatAge } from './age.ts'

/** Heads of the cells of statusCells. */
export const STATUS_HEADS: readonly string[] = [
  'NAME',
  'INSTANCE',
  'RESOURCEREADY',
  'INFERENCEREADY',
  'WORKSPACEREADY',
  'AGE',
  'KIND',
  'PRESET',
  'NODES',
  'GPUS',
  'COST/H',
  'WHY',
]

/** The cells of one row; `+1` is a node under way. */
export function statusCells(row: StatusRow, nowMs: number): readonly string[] {
  const underWay = row.claims.filter(({ nodeName }) => nodeName === undefined).length
  return [
    row.name,
    row.instanceTypes.join(','),
    row.resourceReady,
    row.inferenceReady,
    row.workspaceReady,
    formatAge(nowMs - Date.parse(row.createdAt)),
    row.kind,
    row.preset,
    `${row.nodes.length}${underWay === 0 ? '' : `+${underWay}`}`,
    String(row.gpus),
    row.costPerHour === undefined ? '-' : `$${row.costPerHour.toFixed(2)}`,
    row.reason === '' ? '' : `${row.reason}: ${row.message}`,
  ]
}
