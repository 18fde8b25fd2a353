// When pods and claims of each workload were first seen, through watches of its own.
import { objectAt, stringAt, type JsonObject } from '../../../src/core/api/json.ts'
import type { ResourcePath } from '../../../src/core/ports.ts'
import { createKubeClient } from '../../../src/kube/client.ts'
import { loadKubeConfig } from '../../../src/kube/kubeconfig.ts'
import { watchResource } from '../../../src/kube/watch.ts'
import type { ControlPlane } from '../../cluster/control-plane.ts'
import { conditionOf } from '../../controller/eyes.ts'

/** Milliseconds of performance.now(), by the name of the workload. */
export interface Sightings extends AsyncDisposable {
  readonly podAtMs: ReadonlyMap<string, number>
  readonly claimAtMs: ReadonlyMap<string, number>
  /** kaito.sh/Ready is True. */
  readonly readyAtMs: ReadonlyMap<string, number>
}

const PODS: ResourcePath = { base: '/api/v1', resource: 'pods' }
const DEPLOYMENTS: ResourcePath = { base: '/apis/apps/v1', resource: 'deployments' }
export const NODE_CLAIMS: ResourcePath = { base: '/apis/karpenter.sh/v1', resource: 'nodeclaims' }

/** Watches until it is disposed of; every pod belongs to a Deployment whose name is its label `app`. */
export async function watchSightings(plane: ControlPlane): Promise<Sightings> {
  const client = createKubeClient(loadKubeConfig(plane.kubeconfig))
  const stop = new AbortController()
  const [podAtMs, claimAtMs, readyAtMs] = [0, 1, 2].map(() => new Map<string, number>()) as [
    Map<string, number>,
    Map<string, number>,
    Map<string, number>,
  ]
  const watch = (path: ResourcePath, see: (object: JsonObject) => void) =>
    watchResource(client, { path }, handlerOf(see), { signal: stop.signal, observer: SILENT })
  const watches = [
    watch(PODS, pod => first(podAtMs, labelOf(pod, 'app'))),
    watch(NODE_CLAIMS, claim =>
      first(claimAtMs, labelOf(claim, 'kaito.sh/workload').replace('deployment-', '')),
    ),
    watch(DEPLOYMENTS, deployment => {
      const isReady = conditionOf(deployment, 'kaito.sh/Ready')?.['status'] === 'True'
      if (isReady) first(readyAtMs, stringAt(objectAt(deployment, 'metadata'), 'name') ?? '')
    }),
  ]
  await Promise.all(watches.map(({ synced }) => synced))
  return {
    podAtMs,
    claimAtMs,
    readyAtMs,
    async [Symbol.asyncDispose]() {
      stop.abort()
      await Promise.all(watches.map(({ ended }) => ended))
      client.close()
    },
  }
}

function first(times: Map<string, number>, name: string): void {
  if (!times.has(name)) times.set(name, performance.now())
}

function labelOf(object: JsonObject, label: string): string {
  return stringAt(objectAt(objectAt(object, 'metadata'), 'labels'), label) ?? ''
}

export function handlerOf(see: (object: JsonObject) => void) {
  return {
    onObject: see,
    onDeleted: () => undefined,
    onListStart: () => undefined,
    onListEnd: () => undefined,
  }
}

/** A benchmark whose own watch has a bug measures nothing. */
export const SILENT = {
  onList: () => undefined,
  onRestart: () => undefined,
  onFailure: () => undefined,
  onNotServed: () => undefined,
  onHandlerError(_target: unknown, error: unknown) {
    throw error
  },
}
