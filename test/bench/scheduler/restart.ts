// A controller that starts over workloads at rest has nothing to do, and must do nothing.
import { poll } from '../../cluster/poll.ts'
import { startCountedController } from '../../controller/counted-controller.ts'
import type { Figure } from './report.ts'
import { formatCounts, totalOf, writesOf } from '../../controller/request-counts.ts'
import type { Bench } from './stage.ts'

/** Longer than a resync (src/controller/pacer.ts) and than Services wait. */
const WATCHED_MS = 40_000

export async function measureRestart({ plane, main }: Bench, count: number): Promise<readonly Figure[]> {
  await using controller = await startCountedController(plane, 'restart', [], main)
  await controller.process.untilReady()
  await controller.untilLeads()
  const leadsSinceMs = performance.now()
  await poll('what it does', 2 * WATCHED_MS, () =>
    performance.now() > leadsSinceMs + WATCHED_MS ? true : undefined,
  )
  const writes = writesOf(controller.take())
  return [
    {
      what: `writes after a restart over ${count} at rest`,
      wanted: 'none',
      measured: formatCounts(writes),
      isMet: totalOf(writes) === 0,
    },
  ]
}
