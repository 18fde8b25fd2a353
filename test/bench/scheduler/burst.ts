// Many workloads that wait already when the controller starts: how many it claims in a second, counted from the start of its
// process. Claims become nodes only when all of them are there: what the provisioner costs is not what is measured.
import { inParallel } from '../../admission/in-parallel.ts'
import { poll } from '../../cluster/poll.ts'
import { startCountedController } from '../../controller/counted-controller.ts'
import type { Figure } from './report.ts'
import { formatCounts, readsOf, totalOf, writesOf } from '../../controller/request-counts.ts'
import { formatMb, makeBenchWorkload, metricOf, NAMESPACE, type Bench } from './stage.ts'

/** Without anything new for so long, something is broken. */
const STUCK_MS = 120_000
const WANTED_PER_SECOND = 50

export async function measureBurst(bench: Bench, count: number): Promise<readonly Figure[]> {
  const { plane, sightings, provisioner, main, say } = bench
  const names = Array.from({ length: count }, (_, index) => `burst-${index}`)
  provisioner.pause()
  await createAll(bench, names)
  const startedMs = performance.now()
  await using controller = await startCountedController(plane, 'burst', [], main)
  await untilAll(names, sightings.claimAtMs, 'claims')
  const lastMs = Math.max(...names.map(name => sightings.claimAtMs.get(name) ?? NaN))
  const firstMs = Math.min(...names.map(name => sightings.claimAtMs.get(name) ?? NaN))
  const perSecond = (count * 1000) / (lastMs - startedMs)
  const cpuSeconds = metricOf(await controller.process.metrics(), 'kaito_native_process_cpu_seconds_total')
  say(`burst: ${count} claims, the first after ${((firstMs - startedMs) / 1000).toFixed(1)} s`)
  provisioner.resume()
  await untilAll(names, sightings.readyAtMs, 'Ready').catch(async (error: unknown) => {
    const missing = names.find(name => !sightings.readyAtMs.has(name)) ?? ''
    const found = await plane.kubectl(['get', 'deployments,pods,nodeclaims,nodes', '-o', 'wide'])
    const lines = found.stdout.split('\n').filter(line => line.includes(missing))
    const { status } = await bench.api.get(NAMESPACE, 'Deployment', missing)
    throw new Error(`${String(error)}\n${lines.join('\n')}\n${JSON.stringify(status)}`)
  })
  const counts = controller.take()
  const [writes, reads] = [writesOf(counts), readsOf(counts)]
  const rss = metricOf(await controller.process.metrics(), 'kaito_native_process_resident_memory_bytes')
  return [
    {
      what: `workloads claimed a second, ${count} that waited`,
      wanted: `≥ ${WANTED_PER_SECOND}`,
      measured: `${perSecond.toFixed(0)} (first claim after ${((firstMs - startedMs) / 1000).toFixed(1)} s, ${cpuSeconds.toFixed(1)} s of CPU)`,
      isMet: perSecond >= WANTED_PER_SECOND,
    },
    {
      what: 'writes of a workload in that crowd (without Services)',
      wanted: '≤ 5',
      measured: `${(totalOf(writes) / count).toFixed(2)} (${formatCounts(writes)})`,
      isMet: totalOf(writes) <= 5 * count,
    },
    // The lists of the start are there whatever there is to do.
    { what: 'reads of the whole crowd', wanted: '', measured: formatCounts(reads) },
    { what: `memory (RSS) with ${count} workloads`, wanted: '', measured: formatMb(rss) },
  ]
}

/** Without Services, for which the control plane of the tests has too few addresses. */
async function createAll({ api, sightings, say }: Bench, names: readonly string[]): Promise<void> {
  let made = 0
  await inParallel(names, async name => {
    await api.create(NAMESPACE, makeBenchWorkload(name, { 'kaito.sh/service': 'false' }))
    made += 1
    if (made % 250 === 0) say(`burst: ${made} of ${names.length} created`)
  })
  await untilAll(names, sightings.podAtMs, 'pods')
}

async function untilAll(
  names: readonly string[],
  seen: ReadonlyMap<string, number>,
  what: string,
): Promise<void> {
  const left = (): readonly string[] => names.filter(name => !seen.has(name))
  const state = (): string => `${what}: ${left().length} of ${names.length} are missing (${left()[0] ?? ''})`
  for (let missing = left().length; missing > 0; missing = left().length)
    await poll(state, STUCK_MS, () => (left().length < missing ? true : undefined))
}
