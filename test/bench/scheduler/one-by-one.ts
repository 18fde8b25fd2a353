// One workload after the other while nothing else happens: how long from its commit to its claim, and what each costs from
// its creation to Running.
import { poll } from '../../cluster/poll.ts'
import { startCountedController } from '../../controller/counted-controller.ts'
import { percentile, type Figure } from './report.ts'
import { formatCounts, readsOf, totalOf, writesOf } from '../../controller/request-counts.ts'
import { formatMs, makeBenchWorkload, NAMESPACE, type Bench } from './stage.ts'

const READY_WITHIN_MS = 60_000
/** Services come a few seconds after their workload (src/core/companion/settling.ts). */
const SETTLED_MS = 5000

export async function measureOneByOne(bench: Bench, probes: number): Promise<readonly Figure[]> {
  const { plane, api, sightings, main, say } = bench
  await using controller = await startCountedController(plane, 'one-by-one', [], main)
  await controller.process.untilReady()
  await controller.untilLeads()
  controller.take()
  const committedAtMs = new Map<string, number>()
  for (let index = 0; index < probes; index++) {
    const name = `probe-${index}`
    await api.create(NAMESPACE, makeBenchWorkload(name))
    committedAtMs.set(name, performance.now())
    await poll(`${name} is ready`, READY_WITHIN_MS, () => (sightings.readyAtMs.has(name) ? true : undefined))
    if ((index + 1) % 25 === 0) say(`one by one: ${index + 1} of ${probes}`)
  }
  const lastMs = performance.now()
  await poll('Services', READY_WITHIN_MS, () => (performance.now() > lastMs + SETTLED_MS ? true : undefined))
  const counts = controller.take()
  const [writes, reads] = [writesOf(counts), readsOf(counts)]
  const names = [...committedAtMs.keys()]
  const since = (began: ReadonlyMap<string, number>): readonly number[] =>
    names.map(name => Math.max(0, (sightings.claimAtMs.get(name) ?? NaN) - (began.get(name) ?? NaN)))
  const [fromWorkload, fromPod] = [since(committedAtMs), since(sightings.podAtMs)]
  const p99Ms = percentile(fromWorkload, 99)
  return [
    {
      what: 'commit of a workload → its claim, idle',
      wanted: 'p99 ≤ 250 ms',
      measured: spread(fromWorkload),
      isMet: p99Ms <= 250,
    },
    { what: 'of that, from the pod on', wanted: '', measured: spread(fromPod) },
    {
      what: 'writes of a workload, creation to Running',
      wanted: '≤ 6',
      measured: `${(totalOf(writes) / probes).toFixed(2)} (${formatCounts(writes)})`,
      isMet: totalOf(writes) <= 6 * probes,
    },
    {
      what: 'reads of a workload, creation to Running',
      wanted: '0',
      measured: `${(totalOf(reads) / probes).toFixed(2)} (${formatCounts(reads)})`,
      isMet: totalOf(reads) === 0,
    },
  ]
}

function spread(values: readonly number[]): string {
  return `p50 ${formatMs(percentile(values, 50))}, p99 ${formatMs(percentile(values, 99))}`
}
