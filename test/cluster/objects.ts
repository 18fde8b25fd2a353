// Objects as tests see them: made, read, waited for and removed by their path in the API.
import assert from 'node:assert/strict'
import type { ControlPlane } from './control-plane.ts'
import { poll } from './poll.ts'

const timeoutMs = 60_000

interface Condition {
  readonly type: string
  readonly status: string
  readonly reason?: string
}

/** What tests of nodes read of nodes, claims, pods and Jobs. */
export interface Body {
  readonly metadata: {
    readonly name: string
    readonly labels?: Readonly<Record<string, string>>
    readonly deletionTimestamp?: string
  }
  readonly spec: {
    readonly taints?: readonly { readonly key: string }[]
    readonly nodeName?: string
  }
  readonly status?: {
    readonly conditions?: readonly Condition[]
    readonly allocatable?: Readonly<Record<string, string>>
    readonly capacity?: Readonly<Record<string, string>>
    readonly nodeName?: string
    readonly phase?: string
  }
}

/** The object, or undefined if it is not there. */
export const get = async (plane: ControlPlane, path: string): Promise<Body | undefined> => {
  const { status, body } = await plane.request<Body>('GET', path)
  return status === 404 ? undefined : body
}

/** The items of a list. */
export const list = async <T = Body>(plane: ControlPlane, path: string): Promise<readonly T[]> =>
  (await plane.request<{ readonly items: readonly T[] }>('GET', path)).body.items

/** Creates an object in the list at `path`; a refusal fails the test. */
export const create = async (plane: ControlPlane, path: string, body: object): Promise<void> => {
  const answer = await plane.request('POST', path, body)
  assert.equal(answer.status, 201, JSON.stringify(answer.body))
}

/** Whether a condition has this status. */
export const has = (object: Body | undefined, type: string, status = 'True'): boolean =>
  object?.status?.conditions?.some(condition => condition.type === type && condition.status === status) ??
  false

/** The object as soon as it holds what `what` says. */
export const until = async (
  plane: ControlPlane,
  path: string,
  what: string,
  holds: (object: Body) => boolean,
): Promise<Body> =>
  await poll(`${path}: ${what}`, timeoutMs, async () => {
    const object = await get(plane, path)
    return object !== undefined && holds(object) ? object : undefined
  })

/** Resolves when the object is no longer there. */
export const untilGone = async (plane: ControlPlane, path: string): Promise<void> => {
  await poll(`${path} is gone`, timeoutMs, async () =>
    (await get(plane, path)) === undefined ? true : undefined,
  )
}

/** The object as soon as its condition Ready is True. */
export const untilReady = (plane: ControlPlane, path: string): Promise<Body> =>
  until(plane, path, 'ready', object => has(object, 'Ready'))

/** Deletes the object and waits until it is gone. */
export const remove = async (plane: ControlPlane, path: string): Promise<void> => {
  await plane.request('DELETE', path)
  await untilGone(plane, path)
}
