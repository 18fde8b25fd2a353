// The simulator as a cluster that semantics are checked on: every request is executed at once, waiting lets time go by.
import { startDeployments } from '../actors/deployments.ts'
import { startGarbageCollector } from '../actors/garbage.ts'
import { startJobs } from '../actors/jobs.ts'
import { startKubelets } from '../actors/kubelet.ts'
import { createMachines } from '../actors/machines.ts'
import { startNodeLifecycle } from '../actors/node-lifecycle.ts'
import { startProvisioner } from '../actors/provisioner.ts'
import { startScheduler } from '../actors/scheduler.ts'
import { startStatefulSets } from '../actors/stateful-sets.ts'
import { createSupply } from '../actors/supply.ts'
import { createApiServer } from '../api/api-server.ts'
import { refusalOfClaim } from '../api/admission.ts'
import { handle } from '../api/http.ts'
import { NO_FAULTS } from '../controller/faults.ts'
import { openStream, type Stream } from '../controller/streams.ts'
import { createWorld } from '../world/world.ts'
import type { SubjectCluster } from './semantic.ts'

const PATIENCE_MS = 10 * 60_000
const STEP_MS = 500

/** A cluster without anything in it. */
export function simulateCluster(seed: number): SubjectCluster {
  const world = createWorld(seed, false)
  const api = createApiServer(world)
  const machines = createMachines()
  const supply = createSupply(world.random('supply'))
  startDeployments(api)
  startStatefulSets(api)
  startJobs(api)
  startGarbageCollector(api)
  startScheduler(api)
  startKubelets(api, machines)
  startNodeLifecycle(api, machines)
  startProvisioner(api, { supply, machines, onRefused: () => undefined })
  const streams: Stream[] = []
  let claimsRefused: string | undefined
  const streamParts = {
    api,
    random: world.random('watches'),
    faults: () => NO_FAULTS,
    silentUntilMs: () => 0,
    enter: (run: () => void) => run(),
  }
  return {
    setScarce: instanceType => supply.set(instanceType, 0),
    watch: (target, handler) => void streams.push(openStream({ target, handler }, streamParts)),
    async loseWatches(meanwhile) {
      for (const stream of streams) stream.lose()
      await meanwhile()
    },
    failNode: name => Promise.resolve(machines.fail(name)),
    refuseClaims: message => Promise.resolve(void (claimsRefused = message)),
    request(method, pathAndQuery, body, contentType) {
      const { pathname: path, searchParams } = new URL(pathAndQuery, 'http://simulated')
      const query = Object.fromEntries(searchParams)
      const given = { ...(body !== undefined && { body }), ...(contentType !== undefined && { contentType }) }
      const request = { method, path, query, ...given }
      return Promise.resolve(refusalOfClaim(claimsRefused, request) ?? handle(api, 'test', request))
    },
    async until(what, check) {
      const deadlineMs = world.now() + PATIENCE_MS
      for (;;) {
        const found = await check()
        if (found !== undefined) return found
        if (world.now() > deadlineMs)
          throw new Error(`${what}: not within ${PATIENCE_MS / 1000} simulated seconds`)
        await world.run(world.now() + STEP_MS, () => false)
      }
    },
  }
}
