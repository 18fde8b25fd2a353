// The servers in turn, several times over: what else the machine does falls on all of them alike. A round is one load on
// each; ratios are made within a round, and their medians reported.
import { checkAnswer } from './answers.ts'
import type { Load, LoadResult } from './load-request.ts'
import type { Peer } from './peer.ts'
import type { BenchmarkServer } from './server.ts'

/** The servers, by what the report calls them; all of them give the same answer. */
export const CONTESTANTS = ['bare', 'kaito-native', 'naive Express'] as const
export type Contestant = (typeof CONTESTANTS)[number]
export type ByContestant<T> = Readonly<Record<Contestant, T>>

/** One load on one server. */
export interface Sample {
  readonly reviewsPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Of the server alone. */
  readonly cpuMsPerReview: number
}

export interface Rounds {
  readonly count: number
  readonly requests: number
  /** On each server before anything is measured: by then its code is compiled. */
  readonly warmUpRequests: number
  readonly load: Omit<Load, 'port' | 'requests'>
}

/** Of one contestant. */
export interface Series {
  /** After the warm-up. */
  readonly rssBytes: number
  /** In the order of the rounds. */
  readonly samples: readonly Sample[]
}

/** Loads the servers in turn. Rejects with WrongAnswer as soon as one answers wrongly. */
export async function runRounds(
  servers: ByContestant<BenchmarkServer>,
  generator: Peer,
  { count, requests, warmUpRequests, load }: Rounds,
): Promise<ByContestant<Series>> {
  const sample = (name: Contestant, howMany: number): Promise<Sample> =>
    rightlyAnswered(name, () => takeSample(servers[name], generator, { ...load, requests: howMany }))
  const measured: Record<Contestant, { rssBytes: number; samples: Sample[] }> = {
    bare: { rssBytes: 0, samples: [] },
    'kaito-native': { rssBytes: 0, samples: [] },
    'naive Express': { rssBytes: 0, samples: [] },
  }
  for (const name of CONTESTANTS) {
    await sample(name, warmUpRequests)
    measured[name].rssBytes = (await servers[name].usage()).rssBytes
  }
  for (let round = 0; round < count; round++)
    for (const name of CONTESTANTS) measured[name].samples.push(await sample(name, requests))
  return measured
}

async function takeSample(
  server: BenchmarkServer,
  generator: Peer,
  load: Omit<Load, 'port'>,
): Promise<Sample> {
  const before = await server.usage()
  const { seconds, latenciesMs, answer } = await generator.ask<LoadResult>({ ...load, port: server.port })
  const after = await server.usage()
  checkAnswer(answer)
  return {
    reviewsPerSecond: load.requests / seconds,
    p50Ms: quantile(latenciesMs, 0.5),
    p99Ms: quantile(latenciesMs, 0.99),
    cpuMsPerReview: (after.cpuMs - before.cpuMs) / load.requests,
  }
}

async function rightlyAnswered<T>(name: Contestant, load: () => Promise<T>): Promise<T> {
  try {
    return await load()
  } catch (error) {
    throw new WrongAnswer(`${name}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** A server answered wrongly, or not at all. */
export class WrongAnswer extends Error {}

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
