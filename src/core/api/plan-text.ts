// Pipeline: vocabulary. The plan annotation as text: read with distrust (a user may have edited it), written compactly.
import { PLAN } from './annotations.ts'
import type { Inventory, InventoryNode } from './inventory.ts'
import { canonicalJson, isObject, type Json, type JsonObject } from './json.ts'
import { REVISIONS, RUNTIMES } from './names.ts'
import { PLAN_MAX_BYTES, PLAN_VERSION, type Plan } from './plan.ts'

const PROVISIONINGS = ['nodeclaim', 'machine', 'none'] as const
/** Deeper than any path that injection walks; a forged plan must not exhaust the stack. */
const INVENTORY_MAX_DEPTH = 16

/** The plan among these annotations; undefined where there is none, `invalid` where it cannot be read as one. */
export function readPlan(annotations: JsonObject): Plan | 'invalid' | undefined {
  const text = Object.hasOwn(annotations, PLAN) ? annotations[PLAN] : undefined
  if (text === undefined || text === null) return undefined
  return typeof text === 'string' ? (parsePlan(text) ?? 'invalid') : 'invalid'
}

/** Text → plan; undefined where any field that is acted upon is missing or of the wrong type. */
export function parsePlan(text: string): Plan | undefined {
  if (text.length > PLAN_MAX_BYTES) return undefined
  const value = parseJson(text)
  return isObject(value) && isPlan(value) ? (value as unknown as Plan) : undefined
}

/** Plan → text, always the same: fields in the order in which people read them, the inventory in the order of its keys. */
export function formatPlan(plan: Plan): string {
  const { tensor, pipeline, data } = plan.parallelism
  const head = JSON.stringify({
    v: plan.v,
    catalogue: plan.catalogue,
    intent: plan.intent,
    preset: plan.preset,
    revision: plan.revision,
    runtime: plan.runtime,
    instanceTypes: plan.instanceTypes,
    gpusPerPod: plan.gpusPerPod,
    podsPerNode: plan.podsPerNode,
    nodesPerReplica: plan.nodesPerReplica,
    parallelism: { tensor, pipeline, data },
    provisioning: plan.provisioning,
    ...(plan.imageVolumes === undefined ? {} : { imageVolumes: plan.imageVolumes }),
    ...(plan.mirrors === undefined ? {} : { mirrors: plan.mirrors.map(({ from, to }) => ({ from, to })) }),
  })
  return `${head.slice(0, -1)},"added":${canonicalJson(plan.added)}}`
}

function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json
  } catch {
    return undefined
  }
}

function isPlan(value: JsonObject): boolean {
  const parallelism = value['parallelism']
  return (
    value['v'] === PLAN_VERSION &&
    ['catalogue', 'intent', 'preset'].every(key => typeof value[key] === 'string') &&
    isOneOf(REVISIONS, value['revision']) &&
    isOneOf(RUNTIMES, value['runtime']) &&
    isOneOf(PROVISIONINGS, value['provisioning']) &&
    ['undefined', 'boolean'].includes(typeof value['imageVolumes']) &&
    (value['mirrors'] === undefined || isMirrorList(value['mirrors'])) &&
    isNameList(value['instanceTypes']) &&
    ['gpusPerPod', 'podsPerNode', 'nodesPerReplica'].every(key => isCount(value[key])) &&
    isObject(parallelism) &&
    ['tensor', 'pipeline', 'data'].every(key => isCount(parallelism[key])) &&
    isInventoryNode(value['added'], 0)
  )
}

function isOneOf(accepted: readonly string[], value: Json | undefined): boolean {
  return typeof value === 'string' && accepted.includes(value)
}

function isNameList(value: Json | undefined): boolean {
  return Array.isArray(value) && value.length > 0 && value.every(name => typeof name === 'string')
}

function isMirrorList(value: Json): boolean {
  return (
    Array.isArray(value) &&
    value.every(
      mirror => isObject(mirror) && typeof mirror['from'] === 'string' && typeof mirror['to'] === 'string',
    )
  )
}

function isCount(value: Json | undefined): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0
}

function isInventoryNode(value: Json | undefined, depth: number): value is JsonObject & InventoryNode {
  if (!isObject(value) || depth > INVENTORY_MAX_DEPTH) return false
  return Object.entries(value).every(([key, child]) =>
    key === '+' ? child === 1 || (Array.isArray(child) && child.length === 1) : isInventory(child, depth + 1),
  )
}

function isInventory(value: Json | undefined, depth: number): value is Json & Inventory {
  if (typeof value === 'string' || value === 0) return true
  if (Array.isArray(value)) return value.length === 2 && typeof value[0] === 'string'
  return isInventoryNode(value, depth)
}
