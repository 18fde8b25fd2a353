// Pipeline: convert. Wish → the native objects: a Deployment; a StatefulSet for every server that spans nodes; a Job for
// tuning; and a Service where the controller would not make the one that is meant.
import { PREFIX } from '../api/annotations.ts'
import type { JsonObject } from '../api/json.ts'
import { POD_INDEX_LABEL } from '../companion/desired-service.ts'
import { serviceName } from '../companion/service-name.ts'
import { SERVER_PORT } from '../template/steps/port.ts'
import { modelTemplate, ownTemplate, selectorOf } from './desired-pod.ts'
import type { Labels, ModelWish, Wish, Work } from './wish.ts'

const HTTP_PORT = 80

/** The objects for servers of `nodesPerServer` nodes each. */
export function desiredObjects(wish: Wish, nodesPerServer: number): readonly JsonObject[] {
  const { identity, work } = wish
  if (work === undefined) return []
  if (work.does === 'tuning') return [desiredJob(wish, work.model)]
  if (nodesPerServer === 1) return [desiredDeployment(wish, work), ...desiredServices(wish, identity.name, 1)]
  if (work.does === 'template') return []
  return groupNames(wish).flatMap(name => {
    const group = desiredStatefulSet(wish, work.model, name, nodesPerServer)
    return [group].concat(desiredServices(wish, name, nodesPerServer))
  })
}

function groupNames({ identity, replicas }: Wish): readonly string[] {
  if (replicas.groups === 1) return [identity.name]
  return Array.from({ length: replicas.groups }, (_, index) => `${identity.name}-${index}`)
}

function desiredDeployment(wish: Wish, work: Exclude<Work, { does: 'tuning' }>): JsonObject {
  const { identity, nodes, replicas } = wish
  const selector = selectorOf(wish, identity.name)
  const template =
    work.does === 'template'
      ? ownTemplate(work.template, nodes, selector)
      : modelTemplate(work.model, nodes, selector)
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: metadataOf(wish, identity.name),
    spec: {
      ...(replicas.servers === 1 ? {} : { replicas: replicas.servers }),
      ...(replicas.strategy === undefined ? {} : { strategy: replicas.strategy }),
      selector: { matchLabels: selector },
      template,
    },
  }
}

function desiredStatefulSet(wish: Wish, model: ModelWish, name: string, nodes: number): JsonObject {
  const selector = selectorOf(wish, name)
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: metadataOf(wish, name),
    spec: {
      replicas: nodes,
      selector: { matchLabels: selector },
      template: modelTemplate(model, wish.nodes, selector),
    },
  }
}

function desiredJob(wish: Wish, model: ModelWish): JsonObject {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: metadataOf(wish, wish.identity.name),
    spec: { template: modelTemplate(model, wish.nodes, {}) },
  }
}

function metadataOf(wish: Wish, name: string): JsonObject {
  const { namespace, labels } = wish.identity
  const annotations = annotationsOf(wish)
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(Object.keys(labels).length === 0 ? {} : { labels }),
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
  }
}

function annotationsOf({ identity, work, nodes }: Wish): Labels {
  if (work === undefined || work.does === 'template') {
    const foreign = Object.entries(identity.annotations).filter(([key]) => !key.startsWith(PREFIX))
    return Object.fromEntries(foreign)
  }
  const { preset = '', ...rest } = work.model.annotations
  const node =
    nodes.instanceType === undefined ? { provisioning: 'none' } : { 'instance-type': nodes.instanceType }
  const service: Labels = identity.loadBalancer && work.does === 'inference' ? { service: 'false' } : {}
  const ours = Object.entries({ preset, ...node, ...rest, ...service })
  const written = Object.fromEntries(ours.map(([name, value]) => [PREFIX + name, value]))
  return { ...written, ...identity.annotations, ...written }
}

/** Where no LoadBalancer is asked for, the controller makes the Service of a preset. */
function desiredServices(wish: Wish, name: string, nodes: number): readonly JsonObject[] {
  const { loadBalancer, namespace } = wish.identity
  if (!loadBalancer && wish.work?.does !== 'template') return []
  const leader = nodes > 1 ? { [POD_INDEX_LABEL]: '0' } : {}
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: serviceName(name), ...(namespace === undefined ? {} : { namespace }) },
      spec: {
        ...(loadBalancer ? { type: 'LoadBalancer' } : {}),
        selector: { ...selectorOf(wish, name), ...leader },
        ports: [{ name: 'http', port: HTTP_PORT, targetPort: SERVER_PORT }],
      },
    },
  ]
}
