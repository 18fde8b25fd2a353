// Pipeline: cli. A table to which rows are added while it is looked at, as `kubectl get -w` prints it.
import { formatTable } from './table.ts'

/** Text of more rows; the heads come with the first ones, and columns keep the width that they have reached. */
export function createGrowingTable(
  heads: readonly string[],
): (rows: readonly (readonly string[])[]) => string {
  let widest: readonly string[] = heads
  let isFirst = true
  return rows => {
    if (rows.length === 0) return ''
    widest = heads.map((_, column) => longest([widest, ...rows].map(row => row[column] ?? '')))
    const lines = formatTable(widest, rows).split('\n').slice(1).join('\n')
    const head = isFirst ? headLine(heads, widest) : ''
    isFirst = false
    return head + lines
  }
}

function headLine(heads: readonly string[], widest: readonly string[]): string {
  return `${formatTable(widest, [heads]).split('\n')[1] ?? ''}\n`
}

function longest(texts: readonly string[]): string {
  return texts.reduce((a, b) => (b.length > a.length ? b : a), '')
}
