// Pipeline: claim. Required anti-affinity of a pod to its own kind on one host ("never two of us on a node") as a resource of
// which every node has one: then room, claims and evictions count it like everything else that a pod takes.
// https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#inter-pod-affinity-and-anti-affinity
import { hashHex } from '../api/hash.ts'
import { canonicalJson, listAt, objectAt, stringAt, type JsonObject } from '../api/json.ts'
import { EXCLUSIVE_PREFIX, isExclusive, type Resources } from '../api/resources.ts'
import { labelMisfit } from './fits.ts'
import { objectsAt, textMapAt } from './project-metadata.ts'
import { HOSTNAME_LABEL } from './requirements.ts'

const HASH_CHARACTERS = 8

/** What the pod takes of a node besides its requests; nothing for most pods. Terms about other pods are kube-scheduler's. */
export function exclusiveRequests(raw: JsonObject): Resources {
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

/** The requests of a pod and what it takes besides; the same object where that is nothing. */
export function withExclusive(requests: Resources, raw: JsonObject): Resources {
  const exclusive = exclusiveRequests(raw)
  return Object.keys(exclusive).length === 0 ? requests : { ...requests, ...exclusive }
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
