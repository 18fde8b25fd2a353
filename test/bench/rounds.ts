// The servers in turn, several times over: what else the machine does falls on all of them alike. A round is one load on
// each; ratios are made within a round, and their medians reported.
import { checkAnswer, patchOf } from './answers.ts'
import { FLEET, MIXES, type Mix } from './fleet.ts'
import type { Exchanged, Load, LoadResult } from './load-request.ts'
import type { Peer } from './peer.ts'
import type { BenchmarkServer } from './server.ts'

/** The servers, by what the report calls them. */
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
  /** On each server before a mix is measured: by then the code that it needs is compiled. */
  readonly warmUpRequests: number
  readonly load: Omit<Load, 'port' | 'requests' | 'newIntentEvery'>
}

/** Of one contestant under one mix, in the order of the rounds. */
export type Series = readonly Sample[]

export interface Measured {
  readonly series: Readonly<Record<Mix, ByContestant<Series>>>
  /** After the first warm-up, with the fleet. */
  readonly rssBytes: ByContestant<number>
}

/** Loads the servers in turn, with one mix after the other. Rejects with WrongAnswer as soon as one answers wrongly. */
export async function runRounds(
  servers: ByContestant<BenchmarkServer>,
  generator: Peer,
  { count, requests, warmUpRequests, load }: Rounds,
): Promise<Measured> {
  const sample = (name: Contestant, mix: Mix, howMany: number): Promise<Sample> => {
    const { kinds, newIntentEvery } = MIXES[mix]
    const asked = { ...load, bodies: load.bodies.slice(0, kinds), newIntentEvery, requests: howMany }
    return rightlyAnswered(name, () => takeSample(name, servers[name], generator, asked))
  }
  const warmUp = async (mix: Mix): Promise<Record<Contestant, number>> => {
    const rssBytes = { bare: 0, 'kaito-native': 0, 'naive Express': 0 }
    for (const name of CONTESTANTS) {
      await sample(name, mix, warmUpRequests)
      rssBytes[name] = (await servers[name].usage()).rssBytes
    }
    return rssBytes
  }
  const seriesOf = async (mix: Mix): Promise<ByContestant<Series>> => {
    const series: Record<Contestant, Sample[]> = { bare: [], 'kaito-native': [], 'naive Express': [] }
    for (let round = 0; round < count; round++)
      for (const name of CONTESTANTS) series[name].push(await sample(name, mix, requests))
    return series
  }
  const rssBytes = await warmUp('fleet')
  const fleet = await seriesOf('fleet')
  await warmUp('one template')
  const oneTemplate = await seriesOf('one template')
  await warmUp('new intents')
  const newIntents = await seriesOf('new intents')
  return { series: { 'one template': oneTemplate, fleet, 'new intents': newIntents }, rssBytes }
}

async function takeSample(
  name: Contestant,
  server: BenchmarkServer,
  generator: Peer,
  load: Omit<Load, 'port'>,
): Promise<Sample> {
  const before = await server.usage()
  const { seconds, latenciesMs, exchanged } = await generator.ask<LoadResult>({ ...load, port: server.port })
  const after = await server.usage()
  for (const one of exchanged) check(name, one)
  return {
    reviewsPerSecond: load.requests / seconds,
    p50Ms: quantile(latenciesMs, 0.5),
    p99Ms: quantile(latenciesMs, 0.99),
    cpuMsPerReview: (after.cpuMs - before.cpuMs) / load.requests,
  }
}

/** The bare server has one patch for everybody. */
function check(name: Contestant, exchanged: Exchanged): void {
  const shape = FLEET[exchanged.index]
  if (name === 'bare' || shape === undefined) patchOf(exchanged.answer)
  else checkAnswer(shape, exchanged)
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
