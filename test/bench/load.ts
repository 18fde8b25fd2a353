// The load generator, a process of its own. It opens its connections to a server once and keeps each of them busy. Every
// request has a name of its own. Every answer is looked at: status 200, and as many bytes as the first to that body. The
// first and the last to each body are handed on, to be read.
import { openConnection, postBytes, type Connection } from './connection.ts'
import { digitsOf } from './fleet.ts'
import type { Exchanged, Load, LoadResult } from './load-request.ts'
import { createTemplate, type Template } from './message-template.ts'
import { answerParent } from './peer.ts'

const connectionsByPort = new Map<number, Promise<readonly Connection[]>>()
/** Never repeated, so that no server sees a name twice. */
let names = 0

answerParent(question => runLoad(question as Load))

async function runLoad(load: Load): Promise<LoadResult> {
  const connections = await connectionsTo(load)
  const run: Run = {
    templates: load.bodies.map(body => createTemplate(postBytes(body))),
    newIntentEvery: load.newIntentEvery,
    left: load.requests,
    latenciesMs: [],
    first: new Map(),
    last: new Map(),
  }
  const startedMs = performance.now()
  stayAwake(run)
  await Promise.all(connections.map(connection => keepBusy(connection, run)))
  const seconds = (performance.now() - startedMs) / 1000
  const latenciesMs = run.latenciesMs.toSorted((a, b) => a - b)
  const exchanged = [...run.first.values(), ...run.last.values()].map(toExchanged)
  return { seconds, latenciesMs, exchanged }
}

/**
 * While anything is to be sent, the event loop polls and never sleeps. In a virtual machine it costs a server 10 µs and more
 * to wake somebody who sleeps, and the slower server, which leaves more time to fall asleep, would pay that more often: as if
 * the client's sleep were the server's work.
 */
function stayAwake(run: Run): void {
  if (run.left > 0) setImmediate(() => stayAwake(run))
}

function connectionsTo({ port, caCertificate, connections }: Load): Promise<readonly Connection[]> {
  const opened =
    connectionsByPort.get(port) ??
    Promise.all(Array.from({ length: connections }, () => openConnection(port, caCertificate)))
  connectionsByPort.set(port, opened)
  return opened
}

interface Run {
  readonly templates: readonly Template[]
  readonly newIntentEvery: number
  left: number
  readonly latenciesMs: number[]
  /** By index of the body. */
  readonly first: Map<number, Received>
  readonly last: Map<number, Received>
}

interface Received extends Omit<Exchanged, 'answer'> {
  readonly body: Buffer
}

function toExchanged({ index, name, config, body }: Received): Exchanged {
  return { index, name, config, answer: body.toString() }
}

/** One connection's share: the next request leaves when the last answer is complete. */
async function keepBusy(connection: Connection, run: Run): Promise<void> {
  while (run.left > 0) {
    run.left--
    const name = digitsOf(++names)
    // One further with each round, so that it is not for ever the same kinds that are new.
    const index = (names + Math.floor(names / run.templates.length)) % run.templates.length
    const config = names % run.newIntentEvery === 0 ? name : digitsOf(0)
    const request = run.templates[index]?.(name, config)
    if (request === undefined) throw new Error('there is nothing to send')
    const sentMs = performance.now()
    const body = await connection.exchange(request)
    run.latenciesMs.push(performance.now() - sentMs)
    check(run, { index, name, config, body })
  }
}

function check({ first, last }: Run, received: Received): void {
  const { index, body } = received
  const known = first.get(index)
  if (known === undefined) first.set(index, received)
  else if (known.body.length !== body.length)
    throw new Error(`two answers to the same kind of request differ in length: ${body.toString()}`)
  last.set(index, received)
}
