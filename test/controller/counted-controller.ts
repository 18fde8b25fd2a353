// A controller process behind a proxy that counts what it asks the API server for.
import type { ControlPlane } from '../cluster/control-plane.ts'
import { poll } from '../cluster/poll.ts'
import { openApiProxy } from './api-proxy.ts'
import { startControllerProcess, type ControllerProcess } from './controller-process.ts'
import { createRequestCounter, type Counts } from './request-counts.ts'

const LEADS_WITHIN_MS = 60_000

export interface CountedController extends AsyncDisposable {
  readonly process: ControllerProcess
  /** What it has asked for since the last call. */
  readonly take: () => Counts
  readonly untilLeads: () => Promise<void>
}

/** Starts it; it does not lead yet. `main` is the program, the sources unless given. */
export async function startCountedController(
  plane: ControlPlane,
  name: string,
  flags: readonly string[] = [],
  main?: string,
): Promise<CountedController> {
  const counter = createRequestCounter()
  const proxy = await openApiProxy(plane, name, (request, moment) => {
    if (moment === 'before') counter.note(request)
    return true
  })
  const process = await startControllerProcess(plane, proxy.kubeconfig, flags, main)
  return {
    process,
    take: counter.take,
    untilLeads: async () =>
      void (await poll(`${process.logFile}: it leads`, LEADS_WITHIN_MS, async () =>
        (await process.leads()) ? true : undefined,
      )),
    async [Symbol.asyncDispose]() {
      // In order, so that the Lease is given back and the next one need not wait for its end.
      await process.terminate()
      await proxy[Symbol.asyncDispose]()
    },
  }
}
