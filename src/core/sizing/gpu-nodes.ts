// Pipeline: nodes of the cluster → the shapes of its GPU nodes: what `auto` chooses from where nobody makes nodes
// (provisioning none). Readiness is left out: a node that restarts must not change what is planned.
import { objectAt, type JsonObject } from '../api/json.ts'
import type { Catalogue, InstanceType } from '../preset/catalogue.ts'
import { compareNames } from './candidate.ts'
import { instanceTypeOfNode } from './node-instance-type.ts'

/** The catalogue's entry of a node's instance type, or one made from the node's GPU labels. */
export type GpuNodeShape = InstanceType

/** The shapes of these raw Nodes, each name once, by name; nodes without NVIDIA GPUs are left out. */
export function gpuNodeShapes(nodes: readonly JsonObject[], catalogue: Catalogue): readonly GpuNodeShape[] {
  const shapes = new Map<string, GpuNodeShape>()
  for (const node of nodes) {
    const shape = instanceTypeOfNode(labelsOf(node), catalogue)
    if (shape === undefined || shape.vendor !== 'nvidia') continue
    const known = shapes.get(shape.name)
    shapes.set(shape.name, known === undefined ? shape : common(known, shape))
  }
  return [...shapes.values()].toSorted((a, b) => compareNames(a.name, b.name))
}

/** The catalogue with the shapes that it does not list, so that plans can name them. */
export function withGpuNodes(catalogue: Catalogue, shapes: readonly GpuNodeShape[]): Catalogue {
  const names = new Set(catalogue.instanceTypes.map(({ name }) => name.toLowerCase()))
  const others = shapes.filter(({ name }) => !names.has(name.toLowerCase()))
  return others.length === 0
    ? catalogue
    : { ...catalogue, instanceTypes: [...catalogue.instanceTypes, ...others] }
}

function labelsOf(node: JsonObject): Readonly<Record<string, string>> {
  const labels = Object.entries(objectAt(objectAt(node, 'metadata'), 'labels'))
  return Object.fromEntries(labels.filter((label): label is [string, string] => typeof label[1] === 'string'))
}

/** Bare nodes may share a product name and differ in size: a pod is placed by labels, so the larger number of GPUs exists. */
function common(a: GpuNodeShape, b: GpuNodeShape): GpuNodeShape {
  const larger = b.gpuCount > a.gpuCount ? b : a
  return { ...larger, gpuMemoryGiB: Math.min(a.gpuMemoryGiB, b.gpuMemoryGiB) }
}
