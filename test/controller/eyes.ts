// What these tests look at: claims, nodes, pods and conditions, and how they wait for them.
import { isObject, listAt, objectAt, stringAt, type JsonObject } from '../../src/core/api/json.ts'
import { nameOf, type Api } from '../admission/api.ts'
import type { ControlPlane } from '../cluster/control-plane.ts'
import { poll } from '../cluster/poll.ts'

const TIMEOUT_MS = 60_000

export interface Eyes {
  /** Claims of ours. */
  readonly claims: () => Promise<readonly JsonObject[]>
  /** Those that were made for workloads of a namespace. */
  readonly claimsOf: (namespace: string) => Promise<readonly JsonObject[]>
  /** Claims of others: the cluster's own NodePools. */
  readonly foreignClaims: () => Promise<readonly JsonObject[]>
  readonly nodesNow: () => Promise<readonly JsonObject[]>
  /** Pods of a namespace that are not being deleted. */
  readonly pods: (namespace: string) => Promise<readonly JsonObject[]>
  /** Polls until `check` gives something other than undefined. */
  readonly until: <T>(
    what: string,
    check: () => Promise<T | undefined> | T | undefined,
    timeoutMs?: number,
  ) => Promise<T>
  /** So many pods of the namespace are Running and Ready, and no others are there. */
  readonly untilRunning: (
    namespace: string,
    count: number,
    timeoutMs?: number,
  ) => Promise<readonly JsonObject[]>
  /** The claim to whose node the pod is pinned, whoever it was made for. */
  readonly claimFor: (pod: JsonObject | undefined) => Promise<JsonObject>
  /** This claim has been given back, and its node is gone. */
  readonly untilGone: (claim: JsonObject) => Promise<void>
  /** No claim is left that was made for workloads of the namespace. */
  readonly untilReleased: (namespace: string) => Promise<void>
  /** The condition of the workload has this reason. */
  readonly untilReason: (
    namespace: string,
    kind: string,
    name: string,
    type: string,
    reason: string,
  ) => Promise<JsonObject>
  /** The Service has so many endpoints, all of them pods of now. */
  readonly untilServed: (namespace: string, service: string, count: number) => Promise<void>
  /** Events about an object, as `reason: message`. */
  readonly eventsOf: (namespace: string, name: string) => Promise<readonly string[]>
  /** kubectl; an Error where it does not end with 0. */
  readonly kubectl: (args: readonly string[], input?: string) => Promise<string>
}

const until: Eyes['until'] = (what, check, timeoutMs = TIMEOUT_MS) =>
  poll(what, timeoutMs, async () => check())

/** Over one control plane. */
export function createEyes(plane: ControlPlane, api: Api): Eyes {
  const itemsOf = async (path: string): Promise<readonly JsonObject[]> => {
    const { status, body } = await plane.request<JsonObject>('GET', path)
    if (status !== 200) throw new Error(`GET ${path}: ${JSON.stringify(body)}`)
    return listAt(body, 'items').filter(isObject)
  }
  const pods: Eyes['pods'] = async namespace =>
    (await api.list(namespace, 'Pod')).filter(
      pod => stringAt(objectAt(pod, 'metadata'), 'deletionTimestamp') === undefined,
    )
  const claimsBy = (selector: string): Promise<readonly JsonObject[]> =>
    itemsOf(`/apis/karpenter.sh/v1/nodeclaims?labelSelector=${encodeURIComponent(selector)}`)
  const claimsOf: Eyes['claimsOf'] = namespace => claimsBy(`kaito.sh/workload-namespace=${namespace}`)
  return {
    claims: () => claimsBy('kaito.sh/claim'),
    claimsOf,
    foreignClaims: () => claimsBy('!kaito.sh/claim'),
    nodesNow: () => itemsOf('/api/v1/nodes'),
    pods,
    until,
    untilRunning: (namespace, count, timeoutMs) =>
      until(
        `${count} pods of ${namespace} run`,
        async () => {
          const found = await pods(namespace)
          return found.length === count && found.every(isReady) ? found : undefined
        },
        timeoutMs,
      ),
    claimFor: async pod => {
      const pin = nodeSelectorOf(pod ?? {})['kaito.sh/claim']
      const found = (await claimsBy('kaito.sh/claim')).find(claim => nameOf(claim) === pin)
      if (found === undefined) throw new Error(`no claim is named ${JSON.stringify(pin)}`)
      return found
    },
    untilGone: async claim => {
      await until(`claim ${nameOf(claim)} is given back`, async () => {
        const [claims, nodes] = await Promise.all([claimsBy('kaito.sh/claim'), itemsOf('/api/v1/nodes')])
        const isThere = claims.some(one => uidOf(one) === uidOf(claim))
        return isThere || nodes.some(node => nameOf(node) === nodeOfClaim(claim)) ? undefined : true
      })
    },
    untilReleased: async namespace => {
      await until(`the claims of ${namespace} are given back`, async () =>
        (await claimsOf(namespace)).length === 0 ? true : undefined,
      )
    },
    untilReason: (namespace, kind, name, type, reason) =>
      until(`${kind} ${namespace}/${name} has ${type} with ${reason}`, async () => {
        const condition = conditionOf(await api.get(namespace, kind, name), type)
        return condition?.['reason'] === reason ? condition : undefined
      }),
    untilServed: async (namespace, service, count) => {
      const selector = encodeURIComponent(`kubernetes.io/service-name=${service}`)
      const slices = `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices?labelSelector=${selector}`
      await until(`Service ${namespace}/${service} has ${count} endpoints`, async () => {
        const found = await Promise.all([itemsOf(slices), pods(namespace)])
        const endpoints = found[0].flatMap(slice => listAt(slice, 'endpoints').filter(isObject))
        const names = new Set(endpoints.map(endpoint => objectAt(endpoint, 'targetRef')['name']))
        return names.size === count && names.isSubsetOf(new Set(found[1].map(nameOf))) ? true : undefined
      })
    },
    eventsOf: async (namespace, name) =>
      (await api.list(namespace, 'Event'))
        .filter(event => objectAt(event, 'involvedObject')['name'] === name)
        .map(event => `${stringAt(event, 'reason') ?? ''}: ${stringAt(event, 'message') ?? ''}`),
    kubectl: async (args, input) => {
      const { code, stdout, stderr } = await plane.kubectl(args, input === undefined ? {} : { input })
      if (code === 0) return stdout
      throw new Error(`kubectl ${args.join(' ')}: exit code ${code}\n${stdout}${stderr}`)
    },
  }
}

/** Condition Ready of a pod, a node or a claim. */
export function isReady(object: JsonObject): boolean {
  return conditionOf(object, 'Ready')?.['status'] === 'True'
}

export function conditionOf(object: JsonObject, type: string): JsonObject | undefined {
  return listAt(objectAt(object, 'status'), 'conditions')
    .filter(isObject)
    .find(condition => condition['type'] === type)
}

export function gatesOf(pod: JsonObject): readonly unknown[] {
  return listAt(objectAt(pod, 'spec'), 'schedulingGates').map(gate => isObject(gate) && gate['name'])
}

export function labelsOf(object: JsonObject): JsonObject {
  return objectAt(objectAt(object, 'metadata'), 'labels')
}

export function namesOf(objects: readonly JsonObject[]): readonly string[] {
  return objects.map(nameOf).toSorted()
}

export function instanceTypesOf(claim: JsonObject): readonly unknown[] {
  return listAt(requirementOf(claim, 'node.kubernetes.io/instance-type'), 'values')
}

/** Name of the node that a pod is on; empty: of none. */
export function nodeNameOf(pod: JsonObject): string {
  return stringAt(objectAt(pod, 'spec'), 'nodeName') ?? ''
}

export function nodeSelectorOf(pod: JsonObject): JsonObject {
  return objectAt(objectAt(pod, 'spec'), 'nodeSelector')
}

export function uidOf(object: JsonObject): string {
  return stringAt(objectAt(object, 'metadata'), 'uid') ?? ''
}

/** One requirement of a claim. */
export function requirementOf(claim: JsonObject, key: string): JsonObject | undefined {
  return listAt(objectAt(claim, 'spec'), 'requirements')
    .filter(isObject)
    .find(requirement => requirement['key'] === key)
}

/** Name of the node of a claim; empty: it has none yet. */
export function nodeOfClaim(claim: JsonObject): string {
  return stringAt(objectAt(claim, 'status'), 'nodeName') ?? ''
}
