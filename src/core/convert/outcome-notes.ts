// Pipeline: convert. What only the outcome tells: how many servers and nodes there are, and what of the metadata has no
// meaning for this kind of work.
import { PREFIX } from '../api/annotations.ts'
import { isObject, objectAt } from '../api/json.ts'
import type { Note } from './findings.ts'
import type { Wish } from './wish.ts'

/** Notes about servers of `nodes` nodes each. */
export function outcomeNotes(wish: Wish, nodes: number): readonly Note[] {
  return [...templateNotes(wish), ...replicaNotes(wish, nodes), ...exposureNotes(wish), ...modeNotes(wish)]
}

function templateNotes({ work, path, identity }: Wish): readonly Note[] {
  if (work?.does !== 'template') return []
  const hasAffinity = isObject(objectAt(work.template, 'spec')['affinity'])
  const ignored = Object.keys(identity.annotations).filter(key => key.startsWith(PREFIX))
  return [
    {
      field: `${path}inference.template`,
      text: 'no preset, so kaito-native leaves it alone: no node is claimed for it, and its nodes must carry the labels of nodeSelector',
    },
    ...(hasAffinity
      ? [
          {
            field: `${path}inference.template.spec.affinity`,
            text: 'kept, where upstream puts its own in its place',
          },
        ]
      : []),
    ...ignored.map(key => ({ field: annotationField(key), text: 'left out: it goes with a preset' })),
  ]
}

function annotationField(key: string): string {
  return `metadata.annotations[${key}]`
}

function replicaNotes(wish: Wish, nodes: number): readonly Note[] {
  const { replicas } = wish
  const { count } = wish.nodes
  if (nodes > 1) return [{ field: replicas.field, text: groupText(wish, nodes) }]
  if (count === undefined || count === 1) return []
  const text =
    replicas.servers === count
      ? `${count} servers, each on a node of its own`
      : `${count} left out, as upstream computes the nodes by itself: one is enough (spec.replicas is the number of servers)`
  return [{ field: replicas.field, text }]
}

function groupText({ replicas, nodes: { count } }: Wish, nodes: number): string {
  if (replicas.groups === 0)
    return `0: nothing to run (a StatefulSet over ${nodes} nodes cannot have fewer pods)`
  const given = count === undefined || count === nodes ? '' : `, not ${count}`
  const each = replicas.groups > 1 ? '; each replica is a StatefulSet with a Service of its own' : ''
  return `one server takes ${nodes} nodes${given}: a StatefulSet whose pods serve together${each}`
}

function exposureNotes({ identity, work }: Wish): readonly Note[] {
  if (!identity.loadBalancer) return []
  const text =
    work?.does === 'tuning'
      ? 'left out: a tuning job has no Service'
      : 'a Service of type LoadBalancer: whoever reaches it can use the model, unless kaito.sh/api-key-secret asks for a key'
  return [{ field: annotationField('kaito.sh/enablelb'), text }]
}

function modeNotes({ identity: { performanceMode }, work }: Wish): readonly Note[] {
  if (performanceMode === undefined || work?.does === 'inference') return []
  return [{ field: annotationField('kaito.sh/performance-mode'), text: 'left out: it goes with inference' }]
}
