// The real thing as a cluster that semantics are checked on.
import type { JsonObject } from '../../../src/core/api/json.ts'
import { createKubeClient, type KubeClient } from '../../../src/kube/client.ts'
import { loadKubeConfig } from '../../../src/kube/kubeconfig.ts'
import { watchResource } from '../../../src/kube/watch.ts'
import type { ControlPlane } from '../../cluster/control-plane.ts'
import { failNode } from '../../cluster/gpu-node.ts'
import type { Nodes } from '../../cluster/nodes.ts'
import { poll } from '../../cluster/poll.ts'
import { makeWatchLog } from '../../kube/watch-log.ts'
import type { Answer, SubjectCluster } from './semantic.ts'

const PATIENCE_MS = 60_000
const POLICIES = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies'
const BINDINGS = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings'
const NO_CLAIMS = 'no-claims'

/** Watches and refusals end when it is disposed of. */
export function realCluster(plane: ControlPlane, nodes?: Nodes): SubjectCluster & AsyncDisposable {
  const ending = new AsyncDisposableStack()
  const client = createKubeClient(loadKubeConfig(plane.kubeconfig))
  ending.defer(() => client.close())
  const forgetful = createForgetfulClient(client)
  const send = async (method: string, path: string, body?: JsonObject): Promise<void> => {
    const { status } = await plane.request(method, path, body)
    if (status >= 300) throw new Error(`${method} ${path}: ${status}`)
  }
  return {
    request: async (method, path, body, contentType) =>
      await plane.request<Answer['body']>(method, path, body, contentType),
    until: (what, check) => poll(what, PATIENCE_MS, check),
    setScarce: instanceType => nodes?.scarce.set({ [instanceType]: undefined }),
    watch(target, handler) {
      const stop = new AbortController()
      const options = { signal: stop.signal, observer: makeWatchLog().observer }
      const watch = watchResource(forgetful.client, target, handler, options)
      ending.defer(async () => {
        stop.abort()
        await watch.ended
      })
    },
    loseWatches: forgetful.lose,
    failNode: name => failNode(plane, name),
    async refuseClaims(message) {
      await send('POST', POLICIES, makePolicy(message))
      ending.defer(() => send('DELETE', `${POLICIES}/${NO_CLAIMS}`))
      await send('POST', BINDINGS, makeBinding())
      ending.defer(() => send('DELETE', `${BINDINGS}/${NO_CLAIMS}`))
    },
    [Symbol.asyncDispose]: () => ending.disposeAsync(),
  }
}

interface ForgetfulClient {
  readonly client: KubeClient
  readonly lose: (meanwhile: () => Promise<void>) => Promise<void>
}

/**
 * Its watches can be broken; then each asks once whether a version is known that the API server has never had, and hears that
 * it must list again.
 */
function createForgetfulClient(client: KubeClient): ForgetfulClient {
  let broken = new AbortController()
  let isAway: Promise<void> | undefined
  return {
    client: {
      ...client,
      async request(request) {
        const isCheck = request.query?.['resourceVersionMatch'] !== undefined
        if (!isCheck || isAway === undefined) return await client.request(request)
        await isAway
        isAway = undefined
        return await client.request({ ...request, query: { ...request.query, resourceVersion: '999999999' } })
      },
      stream: (request, options) =>
        client.stream(request, { ...options, signal: AbortSignal.any([options.signal, broken.signal]) }),
    },
    async lose(meanwhile) {
      const { promise, resolve } = Promise.withResolvers<void>()
      isAway = promise
      broken.abort(new Error('the connection broke'))
      broken = new AbortController()
      await meanwhile()
      resolve()
    },
  }
}

function makePolicy(message: string): JsonObject {
  const rule = {
    apiGroups: ['karpenter.sh'],
    apiVersions: ['v1'],
    operations: ['CREATE'],
    resources: ['nodeclaims'],
  }
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name: NO_CLAIMS },
    spec: {
      matchConstraints: { resourceRules: [rule] },
      validations: [{ expression: 'false', message, reason: 'Forbidden' }],
    },
  }
}

function makeBinding(): JsonObject {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name: NO_CLAIMS },
    spec: { policyName: NO_CLAIMS, validationActions: ['Deny'] },
  }
}
