// Figures → the table that people read: what was wanted, what was measured, PASS or MISS. Pure.

export interface Figure {
  readonly what: string
  readonly wanted: string
  readonly measured: string
  /** Undefined: nothing was wanted, it is there to be read. */
  readonly isMet?: boolean
}

/** One row a figure; columns as wide as they must be. */
export function formatFigures(figures: readonly Figure[]): string {
  const rows = figures.map(({ what, wanted, measured, isMet }) => [
    isMet === undefined ? '' : isMet ? 'PASS' : 'MISS',
    what,
    wanted,
    measured,
  ])
  const widths = [0, 1, 2].map(column => Math.max(...rows.map(row => row[column]?.length ?? 0)))
  return rows
    .map(row =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** The smallest of these that so many per cent of them do not exceed. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((left, right) => left - right)
  return sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)] ?? NaN
}
