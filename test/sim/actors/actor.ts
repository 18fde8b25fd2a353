// Simulator: what all actors have in common. An actor looks at everything a moment after something has changed, again and
// again, as Kubernetes' own controllers do; what it writes is seen by the others a moment later.
import type { ApiServer } from '../api/api-server.ts'
import type { Resource } from '../api/objects.ts'
import { StatusError } from '../api/status-error.ts'

export interface Delay {
  readonly leastMs: number
  readonly mostMs: number
}

export interface ActorOptions {
  readonly name: string
  /** It looks again after a change of these. */
  readonly watches: readonly Resource[]
  readonly delay: Delay
  readonly reconcile: () => void
}

/** Lets an actor act from now on; what is returned makes it look again. */
export function startActor(api: ApiServer, { name, watches, delay, reconcile }: ActorOptions): () => void {
  const { world } = api
  const random = world.random(`actor ${name}`)
  let isComing = false
  const poke = (): void => {
    if (isComing) return
    isComing = true
    world.after(random.between(delay.leastMs, delay.mostMs), () => {
      isComing = false
      reconcile()
    })
  }
  api.onChange(({ resource }) => {
    if (watches.includes(resource)) poke()
  })
  poke()
  return poke
}

/** What is not there any more needs nothing done. */
export function ifThere(write: () => unknown): void {
  try {
    write()
  } catch (error) {
    if (!(error instanceof StatusError) || error.status !== 404) throw error
  }
}
