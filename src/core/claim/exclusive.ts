// Pipeline: claim. What only one pod of a node can have, as resources of which every node has one: required anti-affinity to
// the pod's own kind on one host ("never two of us on a node"), and host ports. Then room, claims and evictions count them
// like everything else that a pod takes.
// https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#inter-pod-affinity-and-anti-affinity
import { hashHex } from '../api/hash.ts'
import { canonicalJson, listAt, objectAt, stringAt, type JsonObject } from '../api/json.ts'
import { EXCLUSIVE_PREFIX, isExclusive, type Resources } from '../api/resources.ts'
import { labelMisfit } from './fits.ts'
import { integerAt, objectsAt, textMapAt } from './project-metadata.ts'
import { HOSTNAME_LABEL } from './requirements.ts'

const HASH_CHARACTERS = 8
const HOST_PORT = `${EXCLUSIVE_PREFIX}host-port-`

/** A pod's place as the only one of its kind; nothing for most pods. Terms about other pods are kube-scheduler's. */
export function antiAffinityRequests(raw: JsonObject): Resources {
  const metadata = objectAt(raw, 'metadata')
  const antiAffinity = objectAt(objectAt(objectAt(raw, 'spec'), 'affinity'), 'podAntiAffinity')
  const labels = textMapAt(metadata, 'labels')
  const own = objectsAt(antiAffinity, 'requiredDuringSchedulingIgnoredDuringExecution').filter(
    term =>
      stringAt(term, 'topologyKey') === HOSTNAME_LABEL && selects(objectAt(term, 'labelSelector'), labels),
  )
  const namespace = stringAt(metadata, 'namespace') ?? ''
  return Object.fromEntries(own.map(term => [nameOf(namespace, term), 1]))
}

/** Host ports, whatever address they are bound to: rather a node too many than two pods for one port. */
export function hostPortRequests(raw: JsonObject): Resources {
  const spec = objectAt(raw, 'spec')
  const ports: Record<string, number> = {}
  for (const list of ['containers', 'initContainers'])
    for (const container of objectsAt(spec, list))
      for (const port of objectsAt(container, 'ports')) {
        const number = integerAt(port, 'hostPort') ?? 0
        if (number > 0) ports[`${HOST_PORT}${stringAt(port, 'protocol') ?? 'TCP'}-${number}`] = 1
      }
  return ports
}

/** The requests of a pod and what it takes besides; the same object where that is nothing. */
export function withExclusive(requests: Resources, exclusive: Resources): Resources {
  return Object.keys(exclusive).length === 0 ? requests : { ...requests, ...exclusive }
}

/** What people call a resource. */
export function resourceWords(name: string): string {
  if (!isExclusive(name)) return name
  return name.startsWith(HOST_PORT)
    ? `host ports (${name.slice(HOST_PORT.length)})`
    : 'room beside another pod of its kind'
}

/** What a node of a claim must really offer. */
export function withoutExclusive(requests: Resources): Resources {
  return Object.fromEntries(Object.entries(requests).filter(([name]) => !isExclusive(name)))
}

function nameOf(namespace: string, term: JsonObject): string {
  return `${EXCLUSIVE_PREFIX}${hashHex(`${namespace} ${canonicalJson(objectAt(term, 'labelSelector'))}`, HASH_CHARACTERS)}`
}

/** A label selector reads like a node selector with one term; an empty one selects every pod. */
function selects(selector: JsonObject, labels: Readonly<Record<string, string>>): boolean {
  const matchExpressions = listAt(selector, 'matchExpressions')
  const affinityTerms = matchExpressions.length === 0 ? [] : [{ matchExpressions }]
  return (
    labelMisfit({ nodeSelector: textMapAt(selector, 'matchLabels'), affinityTerms }, labels, '') === undefined
  )
}
