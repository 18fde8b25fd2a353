// Samples → the table that people read, and what of it was expected (docs/benchmarks.md). Pure.
import { MIXES, type Mix } from './fleet.ts'
import { CONTESTANTS, median, type ByContestant, type Measured, type Sample, type Series } from './rounds.ts'

/** The table, then each expectation with what was measured; `renderSeconds` are those of each run. */
export function formatReport(measured: Measured, renderSeconds: readonly number[]): string {
  const mixes = Object.keys(MIXES) as Mix[]
  const tables = mixes.flatMap(mix => [...formatRows(tableRows(mix, measured.series[mix])), ''])
  return [...tables, ...formatRows(expectationRows(measured, mixes, median(renderSeconds)))].join('\n')
}

type Figure = (sample: Sample) => number

const throughput: Figure = sample => sample.reviewsPerSecond
const cpu: Figure = sample => sample.cpuMsPerReview

function tableRows(mix: Mix, measured: ByContestant<Series>): string[][] {
  const { bare } = measured
  const head = [
    mix,
    'reviews/s',
    'to bare',
    'spread',
    'p50 ms',
    'p99 ms',
    'p99 to bare',
    'CPU µs',
    'CPU to bare',
    'busy',
  ]
  const rows = CONTESTANTS.map(name => {
    const samples = measured[name]
    const ratios = ratiosOf(samples, bare, throughput)
    return [
      name,
      medianOf(samples, throughput).toFixed(0),
      median(ratios).toFixed(2),
      `${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)}`,
      medianOf(samples, sample => sample.p50Ms).toFixed(2),
      medianOf(samples, sample => sample.p99Ms).toFixed(2),
      median(ratiosOf(samples, bare, sample => sample.p99Ms)).toFixed(2),
      (medianOf(samples, cpu) * 1000).toFixed(0),
      median(ratiosOf(samples, bare, cpu)).toFixed(2),
      `${(medianOf(samples, busy) * 100).toFixed(0)} %`,
    ]
  })
  return [head, ...rows]
}

function expectationRows({ series, rssBytes }: Measured, mixes: readonly Mix[], renderS: number): string[][] {
  const throughputs = mixes.flatMap(mix => {
    const { bare, 'kaito-native': kaitoNative, 'naive Express': naiveExpress } = series[mix]
    const toBare = median(ratiosOf(kaitoNative, bare, throughput))
    const toNaive = median(ratiosOf(kaitoNative, naiveExpress, throughput))
    return [
      [`throughput, ${mix}`, 'at least 0.65 of bare', toBare.toFixed(2), verdict(toBare >= 0.65)],
      [`throughput, ${mix}`, 'at least twice the naive Express', toNaive.toFixed(2), verdict(toNaive >= 2)],
    ]
  })
  const rssMb = rssBytes['kaito-native'] / 1e6
  return [
    ...throughputs,
    ['memory (RSS) after 20,000 reviews', 'at most 150 MB', `${rssMb.toFixed(0)} MB`, verdict(rssMb <= 150)],
    ['render of one file', 'under 0.3 s', `${renderS.toFixed(2)} s`, verdict(renderS < 0.3)],
  ]
}

function verdict(met: boolean): string {
  return met ? 'met' : 'MISSED'
}

/** CPU seconds of the server in a second: near 100 % it was the server that set the pace, not the load generator. */
function busy({ cpuMsPerReview, reviewsPerSecond }: Sample): number {
  return (cpuMsPerReview / 1000) * reviewsPerSecond
}

/** Round by round: both servers of a ratio met the same machine. */
function ratiosOf(series: Series, others: Series, figure: Figure): number[] {
  return series.flatMap((sample, round) => {
    const other = others[round]
    return other === undefined ? [] : [figure(sample) / figure(other)]
  })
}

function medianOf(samples: Series, figure: Figure): number {
  return median(samples.map(figure))
}

function formatRows(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0)))
  const pad = (cell: string, column: number): string =>
    column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)
  return rows.map(row => row.map(pad).join('  ').trimEnd())
}
