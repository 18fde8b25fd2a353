// Laws of an UPDATE of a planned workload, over generated ones (reference for what merges drop: what client-side and
// server-side apply leave of entries that no field manager owns). `stored` is the workload as the API server keeps it.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import type { AdmissionContext } from '../../../src/core/admit/context.ts'
import { recordedPlan } from '../../../src/core/admit/recorded-plan.ts'
import { uninject } from '../../../src/core/admit/uninject.ts'
import { hashEntry } from '../../../src/core/api/hash.ts'
import type { InventoryNode } from '../../../src/core/api/inventory.ts'
import { isObject, type Json, type JsonObject } from '../../../src/core/api/json.ts'
import type { Plan } from '../../../src/core/api/plan.ts'
import { formatPlan } from '../../../src/core/api/plan-text.ts'
import { createdNodesOf, leavesOf } from '../../../src/core/patch/inventory.ts'
import { entryKey, locate, valueAt } from '../../../src/core/patch/locate.ts'
import { mergeKeyOf } from '../../../src/core/template/edit.ts'
import { workloadKindOf } from '../../../src/core/workload/kinds.ts'
import type { WorkloadKind } from '../../../src/core/workload/workload.ts'
import { asPlanned, CONTEXT, create, update, validateUpdate } from './admission.ts'
import { defaulted } from './api-server.ts'
import { arbitraryWorkload } from './arbitrary-workload.ts'
import { asObject, at, deepFreeze, leaves, withValueAt } from './json-tree.ts'
import { withAnnotations } from './make-workload.ts'
import { assertInsideFootprint, patched } from './patch-oracle.ts'

const RUNS = 200
const PLAN = 'kaito.sh/plan'

interface Live {
  readonly kind: WorkloadKind
  /** As the user wrote it, defaulted. */
  readonly given: JsonObject
  readonly stored: JsonObject
  readonly plan: Plan
}

/** Runs a law on stored, planned workloads; `number` is a random one for the law's own choices. */
function checkLive(law: (live: Live, number: number) => void, numRuns = RUNS): void {
  let planned = 0
  fc.assert(
    fc.property(arbitraryWorkload, fc.nat(), (workload, number) => {
      const live = liveOf(workload)
      if (live === undefined) return
      planned += 1
      law(live, number)
    }),
    { numRuns },
  )
  assert.ok(planned > numRuns / 2, `${planned} of ${numRuns} were planned`)
}

function liveOf(workload: JsonObject): Live | undefined {
  const given = deepFreeze(defaulted(workload))
  const decision = create(given)
  if (decision.decision !== 'Plan') return undefined
  const stored = deepFreeze(defaulted(decision.result))
  const kind = workloadKindOf(stored)
  assert.ok(kind !== undefined)
  const plan = recordedPlan(kind, stored)
  assert.ok(plan !== undefined && plan !== 'invalid')
  return { kind, given, stored, plan }
}

/** The update as the API server sees it: the patch applied, defaulted again. */
function updated(object: JsonObject, stored: JsonObject, context?: AdmissionContext): JsonObject {
  const decision = asPlanned(update(deepFreeze(object), stored, context))
  assert.deepEqual(patched(object, decision.operations), decision.result)
  assertInsideFootprint(object, decision.operations)
  const result = defaulted(decision.result)
  asPlanned(validateUpdate(result, stored, context))
  return result
}

describe('an UPDATE of a planned workload', () => {
  it('puts back exactly what a merge dropped, where it stood', () => {
    checkLive(({ stored, plan }, number) => {
      const places = injectedPlaces(plan.added)
      const dropped = places.filter((_, index) => (number >> (index % 31)) % 2 === 1)
      const object = defaulted(dropped.reduce(withoutPlace, stored))
      assert.deepEqual(updated(object, stored), stored)
    })
  })

  it('turns a bare replace into the stored object', () => {
    checkLive(({ given, stored }) => assert.deepEqual(updated(given, stored), stored))
  })

  it('lets a new entry of the user into any list, wherever it stands, and changes nothing else', () => {
    checkLive(({ stored }, number) => {
      const object = withNewEntry(stored, number)
      assert.deepEqual(asPlanned(update(object, stored)).operations, [])
    })
  })

  it('keeps each injected entry once when the user adds one to a list that lost them', () => {
    checkLive(({ stored, plan }, number) => {
      const lost = injectedPlaces(plan.added).filter(({ path }) => isEntryInContainer(path))
      const object = defaulted(withNewEntry(lost.reduce(withoutPlace, stored), number))
      const result = updated(object, stored)
      for (const { path } of lost) assert.equal(countOf(result, path), 1, path.join('.'))
      assert.deepEqual(withoutNewEntry(result, number), stored)
    })
  })

  it('keeps the injected entries of a list whose last entry of the user goes', () => {
    checkLive(({ stored, plan }) => {
      for (const list of injectedLists(plan.added)) {
        const place = locate(stored, list)
        assert.ok(place.kind === 'found' && Array.isArray(place.value))
        const keys = (place.value as readonly Json[])
          .filter(entry => isInjected(plan.added, list, entry))
          .map(keyIn(list))
        if (blocksOurs(plan.added, list)) continue
        const object = defaulted(asObject(withValueAt(stored, place.tokens, undefined)))
        const left = valueAt(updated(object, stored), list)
        assert.ok(Array.isArray(left), list.join('.'))
        assert.deepEqual((left as readonly Json[]).map(keyIn(list)), keys, list.join('.'))
      }
    }, RUNS / 5)
  })

  it('is no patch for annotations that are read while it runs', () => {
    checkLive(({ stored }) => {
      const object = withAnnotations(stored, { 'kaito.sh/idle-grace': '42m', 'kaito.sh/service': 'false' })
      assert.deepEqual(asPlanned(update(object, stored)).operations, [])
    })
  })

  it('is no patch under another catalogue, not even one without the preset; replan takes the new one', () => {
    checkLive(({ stored }, number) => {
      for (const context of [OTHER, EMPTY]) {
        assert.deepEqual(asPlanned(update(stored, stored, context)).operations, [])
        asPlanned(validateUpdate(stored, stored, context))
      }
      const asked = withAnnotations(stored, { 'kaito.sh/replan': `${number}` })
      const plan = asPlanned(update(asked, stored, OTHER)).plan
      assert.equal(plan.catalogue, OTHER.catalogue.revision)
      assert.notEqual(update(asked, stored, EMPTY).decision, 'Plan')
    })
  })

  it('takes the older plan that a rollout undo brings back', () => {
    checkLive(({ stored }) => {
      const asked = withAnnotations(stored, { 'kaito.sh/replan': 'newer' })
      const newer = updated(asked, stored, OTHER)
      const undone = asPlanned(update(stored, newer, OTHER))
      assert.deepEqual(undone.operations, [])
      assert.equal(undone.reasons[0]?.code, 'PlanTakenOver')
    })
  })

  it('plans a changed annotation as if the workload were new, but for the order of lists', () => {
    checkLive(({ given, stored }) => {
      const changes = { 'kaito.sh/model-access-secret': 'another', 'kaito.sh/weights': 'pvc:another' }
      const decision = update(withAnnotations(stored, changes), stored)
      const fresh = create(withAnnotations(given, changes))
      assert.equal(decision.decision, fresh.decision)
      if (decision.decision !== 'Plan' || fresh.decision !== 'Plan') return
      assert.deepEqual(
        sorted(defaulted(decision.result)['spec'] ?? null),
        sorted(defaulted(fresh.result)['spec'] ?? null),
      )
      assert.equal(decision.plan.intent, fresh.plan.intent)
    })
  })

  it('leaves an injected value to the user who changes it, also when all is taken back', () => {
    let changed = 0
    checkLive(({ kind, stored, plan }, number) => {
      const places = [...leavesOf(plan.added)]
        .filter(([path, leaf]) => leaf !== 0 && !isMergedAgain(plan, path))
        .map(([path]) => path)
      const path = places[number % places.length] ?? []
      const place = locate(stored, path)
      assert.ok(place.kind === 'found')
      const value = otherValue(path, place.value)
      const decision = update(asObject(withValueAt(stored, place.tokens, value)), stored)
      if (decision.decision !== 'Plan') return
      changed += 1
      assert.deepEqual(valueAt(decision.result, path), value, path.join('.'))
      assert.deepEqual(valueAt(uninject(kind, decision.result, decision.plan.added).result, path), value)
    })
    assert.ok(changed > RUNS / 3, `${changed} changes were planned`)
  })

  it('touches nothing outside of the footprint, whatever a forged plan claims to have added', () => {
    checkLive(({ stored, plan }, number) => {
      const claims = [...leaves(stored)].filter(([path]) => path.every(step => typeof step === 'string'))
      const [path, value] = claims[number % claims.length] ?? [[], null]
      const added = structuredClone(plan.added) as Record<string, unknown>
      claim(added, path, value, number)
      const intent = number % 2 === 0 ? plan.intent : 'another'
      const forged = { ...plan, intent, added: added as InventoryNode }
      const object = withAnnotations(stored, { [PLAN]: formatPlan(forged) })
      for (const decision of [
        create(object),
        update(object, object),
        update(withAnnotations(object, { 'kaito.sh/preset': undefined }), object),
      ])
        if (decision.decision !== 'Deny') assertInsideFootprint(object, decision.operations)
    }, RUNS / 2)
  })
})

/** The same models with other images, flags and disks, under another revision. */
const OTHER: AdmissionContext = {
  ...CONTEXT,
  catalogue: {
    ...CONTEXT.catalogue,
    revision: 'other-catalogue',
    presets: CONTEXT.catalogue.presets.map(preset => ({
      ...preset,
      revisions: preset.revisions.map(revision => ({
        ...revision,
        image: `new.example/${revision.image}-new`,
        diskGiB: revision.diskGiB + 1,
        startupSeconds: revision.startupSeconds + 60,
        runtimes: Object.fromEntries(
          Object.entries(revision.runtimes).map(([name, { flags }]) => [
            name,
            { flags: { ...flags, 'new-flag': '1' } },
          ]),
        ),
      })),
    })),
  },
}

const EMPTY: AdmissionContext = {
  ...CONTEXT,
  catalogue: { revision: 'empty', presets: [], instanceTypes: [] },
}

interface Injected {
  readonly path: readonly string[]
  /** What the user's file sends there: the list that was merged with ours. */
  readonly original?: Json
}

/** Every place that injection filled: values, and entries that it made whole. */
function injectedPlaces(added: InventoryNode): readonly Injected[] {
  const values = [...leavesOf(added)].flatMap(([path, leaf]): Injected[] => {
    if (leaf === 0) return []
    return [Array.isArray(leaf) ? { path, original: (leaf as readonly Json[])[1] ?? null } : { path }]
  })
  const made = [...createdNodesOf(added)].filter(([, mark]) => mark === 1).map(([path]) => ({ path }))
  return [...values, ...made]
}

function withoutPlace(object: JsonObject, { path, original }: Injected): JsonObject {
  const place = locate(object, path)
  return place.kind === 'found' ? asObject(withValueAt(object, place.tokens, original)) : object
}

const CONTAINERS = ['spec', 'template', 'spec', 'containers']
/** Lists and maps that people add to, from the pod's spec or from its first container. */
const NEW_ENTRIES: readonly (readonly [readonly (string | number)[], JsonObject | string])[] = [
  [[...CONTAINERS, 0, 'env'], { name: 'NEW', value: '1' }],
  [[...CONTAINERS, 0, 'volumeMounts'], { name: 'new', mountPath: '/new' }],
  [[...CONTAINERS, 0, 'ports'], { containerPort: 7777, protocol: 'TCP' }],
  [['spec', 'template', 'spec', 'volumes'], { name: 'new', emptyDir: {} }],
  [['spec', 'template', 'spec', 'schedulingGates'], { name: 'new.example/gate' }],
  [['spec', 'template', 'metadata', 'labels', 'new'], 'label'],
  [['spec', 'template', 'metadata', 'annotations', 'new.example/a'], 'annotation'],
]

function newEntry(number: number): (typeof NEW_ENTRIES)[number] {
  const entry = NEW_ENTRIES[number % NEW_ENTRIES.length]
  assert.ok(entry !== undefined)
  return entry
}

function withNewEntry(object: JsonObject, number: number): JsonObject {
  const [path, entry] = newEntry(number)
  if (typeof entry === 'string') return asObject(withValueAt(object, path, entry))
  const list = at(object, path)
  const before = Array.isArray(list) ? (list as readonly Json[]) : []
  return asObject(withValueAt(object, path, before.toSpliced(number % (before.length + 1), 0, entry)))
}

function withoutNewEntry(object: JsonObject, number: number): JsonObject {
  const [path, entry] = newEntry(number)
  if (typeof entry === 'string') return defaulted(asObject(withValueAt(object, path, undefined)))
  const list = at(object, path)
  assert.ok(Array.isArray(list))
  const kept = (list as readonly Json[]).filter(one => JSON.stringify(one) !== JSON.stringify(entry))
  assert.equal(kept.length, list.length - 1, 'the new entry is there once')
  return defaulted(asObject(withValueAt(object, path, kept)))
}

function countOf(object: JsonObject, path: readonly string[]): number {
  const list = valueAt(object, path.slice(0, -1))
  if (!Array.isArray(list)) return 0
  return (list as readonly Json[]).filter(entry => entryKey(entry, path.at(-2) ?? '') === path.at(-1)).length
}

/** Keyed lists below the containers that hold something of ours. */
function injectedLists(added: InventoryNode): readonly (readonly string[])[] {
  const lists = [...leavesOf(added)]
    .filter(([path, leaf]) => leaf !== 0 && mergeKeyOf(path.at(-2) ?? '') !== undefined)
    .map(([path]) => path.slice(0, -1).join('\n'))
  return [...new Set(lists)].map(list => list.split('\n'))
}

function keyIn(list: readonly string[]): (entry: Json) => string | undefined {
  return entry => entryKey(entry, list.at(-1) ?? '')
}

/** An entry of a keyed list, the list of containers aside: nobody drops a whole container and keeps the rest. */
function isEntryInContainer(path: readonly string[]): boolean {
  const list = path.at(-2) ?? ''
  return mergeKeyOf(list) !== undefined && list !== 'containers'
}

function isInjected(added: InventoryNode, list: readonly string[], entry: Json): boolean {
  const key = entryKey(entry, list.at(-1) ?? '')
  return [...leavesOf(added)].some(
    ([path, leaf]) => leaf !== 0 && path.join('\n') === [...list, key].join('\n'),
  )
}

/** The user has an entry where one of ours would stand: with it gone ours is missing, and that is planned anew. */
function blocksOurs(added: InventoryNode, list: readonly string[]): boolean {
  return [...leavesOf(added)].some(
    ([path, leaf]) => leaf === 0 && path.slice(0, list.length).join('\n') === list.join('\n'),
  )
}

/** Without a gate these lists are merged with whatever the user makes of them (affinity.ts, tolerations.ts). */
function isMergedAgain(plan: Plan, path: readonly string[]): boolean {
  return plan.provisioning === 'none' && ['nodeSelectorTerms', 'tolerations'].includes(path.at(-1) ?? '')
}

function otherValue(path: readonly string[], value: Json): Json {
  if (isObject(value)) {
    const { name = null } = value
    if (path.at(-2) === 'volumes') return { name, hostPath: { path: '/other' } }
    return path.at(-2) === 'env' ? { name, value: 'other' } : { ...value, xOther: true }
  }
  if (Array.isArray(value)) return [...(value as readonly Json[]), 'other']
  if (typeof value === 'number') return value + 1
  if (path.at(-1) === 'nvidia.com/gpu') return value === '2' ? '4' : '2'
  return `${JSON.stringify(value)}-other`
}

/** Claims a value with its true hash, or with an original to put in its place. */
function claim(
  added: Record<string, unknown>,
  path: readonly (string | number)[],
  value: Json,
  number: number,
): void {
  let node = added
  for (const step of path.slice(0, -1)) {
    const child = node[step] ?? { '+': 1 }
    if (typeof child !== 'object' || child === null) return
    node[step] = child
    node = child as Record<string, unknown>
  }
  node[path.at(-1) ?? ''] = number % 3 === 0 ? [hashEntry(value), 'forged'] : hashEntry(value)
}

/** Lists with merge keys in the order of their keys. */
function sorted(value: Json, key = ''): Json {
  if (Array.isArray(value)) {
    const entries = (value as readonly Json[]).map(entry => sorted(entry))
    if (mergeKeyOf(key) === undefined) return entries
    return entries.toSorted((a, b) => ((entryKey(a, key) ?? '') < (entryKey(b, key) ?? '') ? -1 : 1))
  }
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, sorted(member ?? null, name)]),
  )
}
