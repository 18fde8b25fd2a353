// Simulator: the way from a controller process to the API server. Below it everything is simulated, above it everything is
// production code: the port, the translation of errors, the executor.
import { stringAt, type JsonObject } from '../../../src/core/api/json.ts'
import type { KubeClient, KubeRequest } from '../../../src/kube/client.ts'
import { translateFailure, translateResponse } from '../../../src/kube/errors.ts'
import { refusalOfClaim } from '../api/admission.ts'
import type { ApiServer } from '../api/api-server.ts'
import { handle, type HttpAnswer } from '../api/http.ts'
import type { Random } from '../world/random.ts'
import type { Faults } from './faults.ts'

/** Everything that had happened by then was known to the process. */
export interface View {
  readonly allMs: number
  /** Of claims alone. */
  readonly claimsMs: number
  /** Since when it leads. */
  readonly ledSinceMs: number
}

/** One request on its way, for the invariants: who asks, and how old what it knew was when it decided. */
export interface Call {
  readonly processName: string
  readonly request: KubeRequest
  readonly view: View
  readonly sentMs: number
  /** The process will never hear of the answer. */
  readonly isAnswerLost: boolean
}

export interface ClientParts {
  readonly api: ApiServer
  readonly name: string
  readonly random: Random
  readonly faults: () => Faults
  /** The admission of claims is closed: why. */
  readonly claimsRefused: () => string | undefined
  readonly view: () => View
  /** Runs in the process, unless it is dead; later, if it is frozen. */
  readonly enter: (run: () => void) => void
  readonly crash: () => void
  /** The network that has lost an answer may lose the watches as well, for this long. */
  readonly fallSilent: (ms: number) => void
  /** Told before and after a request is executed. */
  readonly onCall: (call: Call, answer: HttpAnswer | undefined) => void
}

/** Of one process; streams are not its business (streams.ts). */
export function createSimClient(parts: ClientParts): KubeClient {
  return {
    request: request => send(parts, request),
    stream: () => Promise.reject(new Error('watches do not go through this client')),
    close: () => undefined,
  }
}

type Mishap = 'crash-before' | 'crash-after' | 'error' | 'lost-answer' | undefined

function send(parts: ClientParts, request: KubeRequest): Promise<JsonObject> {
  const { api, random, crash, enter } = parts
  const { world } = api
  const { promise, resolve, reject } = Promise.withResolvers<JsonObject>()
  const mishap = roll(parts)
  const call: Call = {
    processName: parts.name,
    request,
    view: parts.view(),
    sentMs: world.now(),
    isAnswerLost: mishap === 'lost-answer',
  }
  const name = `${request.method} ${request.path}`
  const answer = (delayMs: number, tell: () => void): void =>
    world.after(delayMs, () =>
      enter(() => {
        tell()
        world.settle()
      }),
    )
  if (mishap === 'crash-before') {
    world.tell(parts.name, () => `dies before ${name}`)
    world.after(0, crash)
    return promise
  }
  world.after(latency(parts), () => {
    if (mishap === 'error') return answer(latency(parts), () => reject(randomError(random, name)))
    parts.onCall(call, undefined)
    const result = refusalOfClaim(parts.claimsRefused(), request) ?? handle(api, parts.name, request)
    parts.onCall(call, result)
    world.tell(parts.name, () => `${name} → ${result.status}${describe(request, result)}`)
    if (mishap === 'crash-after') {
      world.tell(parts.name, () => `dies after ${name}`)
      return crash()
    }
    if (mishap === 'lost-answer' && random.chance(0.5)) parts.fallSilent(random.between(5000, 20_000))
    if (mishap === 'lost-answer')
      return answer(10_000, () => reject(translateFailure(name, new Error('the simulated answer was lost'))))
    answer(latency(parts), () => settle(result, name, resolve, reject))
  })
  return promise
}

function roll({ random, faults }: ClientParts): Mishap {
  const { crashRate, errorRate, lostAnswerRate } = faults()
  const [crashes, fails, loses, before] = [random.next(), random.next(), random.next(), random.next()]
  if (crashes < crashRate) return before < 0.5 ? 'crash-before' : 'crash-after'
  if (fails < errorRate) return 'error'
  return loses < lostAnswerRate ? 'lost-answer' : undefined
}

function latency({ random, faults }: ClientParts): number {
  const [slow, share] = [random.next(), random.next()]
  return Math.round(slow < faults().slowCallRate ? 500 + share * 8000 : 1 + share * 30)
}

function randomError(random: Random, name: string): Error {
  const which = random.below(3)
  if (which === 0) return translateFailure(name, new Error('the simulated connection was refused'))
  const [status, reason] = which === 1 ? [429, 'TooManyRequests'] : [500, 'InternalError']
  const body = JSON.stringify({ kind: 'Status', status: 'Failure', code: status, reason, message: reason })
  return translateResponse(name, { status, body, ...(which === 1 && { retryAfter: '1' }) })
}

function settle(
  { status, body }: HttpAnswer,
  name: string,
  resolve: (body: JsonObject) => void,
  reject: (error: Error) => void,
): void {
  if (status < 300) resolve(body)
  else reject(translateResponse(name, { status, body: JSON.stringify(body) }))
}

function describe({ body }: KubeRequest, { status, body: answer }: HttpAnswer): string {
  if (status >= 300) return ` ${stringAt(answer, 'message')}`
  return body === undefined ? '' : ` ${JSON.stringify(body).slice(0, 300)}`
}
