// The servers in turn, several times over: what else the machine does falls on all of them alike. A round is one load on
// each; ratios are made within a round, and their medians reported.
import type { Load, LoadResult } from './load-request.ts'
import type { Peer } from './peer.ts'
import type { BenchmarkServer } from './server.ts'

export interface Contestant {
  readonly name: string
  readonly server: BenchmarkServer
  /** Throws where an answer is not what this server should say. */
  readonly check: (answer: string) => void
}

/** One load on one server. */
export interface Sample {
  readonly reviewsPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Of the server alone. */
  readonly cpuMsPerReview: number
  /** Of the server, afterwards. */
  readonly rssBytes: number
}

export interface Rounds {
  readonly count: number
  readonly requests: number
  /** On each server before anything is measured: by then its code is compiled. */
  readonly warmUpRequests: number
  readonly load: Omit<Load, 'port' | 'requests'>
}

/** Samples by contestant, in the order of the rounds. Rejects as soon as a server answers wrongly. */
export async function runRounds(
  contestants: readonly Contestant[],
  generator: Peer,
  { count, requests, warmUpRequests, load }: Rounds,
): Promise<readonly (readonly Sample[])[]> {
  const measured = contestants.map(contestant => ({ contestant, samples: [] as Sample[] }))
  for (const { contestant } of measured)
    await takeSample(contestant, generator, { ...load, requests: warmUpRequests })
  for (let round = 0; round < count; round++)
    for (const { contestant, samples } of measured)
      samples.push(await takeSample(contestant, generator, { ...load, requests }))
  return measured.map(({ samples }) => samples)
}

async function takeSample(
  { name, server, check }: Contestant,
  generator: Peer,
  load: Omit<Load, 'port'>,
): Promise<Sample> {
  const before = await server.usage()
  const { seconds, latenciesMs, answer } = await generator
    .ask<LoadResult>({ ...load, port: server.port })
    .then(result => {
      check(result.answer)
      return result
    })
    .catch((error: unknown) => {
      throw new Error(`${name} answered wrongly: ${error instanceof Error ? error.message : String(error)}`)
    })
  const after = await server.usage()
  void answer
  return {
    reviewsPerSecond: load.requests / seconds,
    p50Ms: quantile(latenciesMs, 0.5),
    p99Ms: quantile(latenciesMs, 0.99),
    cpuMsPerReview: (after.cpuMs - before.cpuMs) / load.requests,
    rssBytes: after.rssBytes,
  }
}

/** The value below which this part of the values lies. */
export function quantile(ascending: readonly number[], part: number): number {
  return ascending[Math.min(ascending.length - 1, Math.floor(ascending.length * part))] ?? Number.NaN
}

/** The middle value. */
export function median(values: readonly number[]): number {
  return quantile(
    values.toSorted((a, b) => a - b),
    0.5,
  )
}
