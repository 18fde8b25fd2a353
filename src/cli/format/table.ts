// Pipeline: cli. Columns as kubectl prints them: upper-case heads, three spaces between, no lines.

const GAP = '   '

/** Rows of cells under heads, left-aligned; the last column is not padded. */
export function formatTable(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [heads, ...rows]
  const widths = heads.map((_, column) => Math.max(...lines.map(line => (line[column] ?? '').length)))
  return lines
    .map(line =>
      line
        .map((cell, column) => (column === line.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
        .join(GAP),
    )
    .map(line => `${line.trimEnd()}\n`)
    .join('')
}
