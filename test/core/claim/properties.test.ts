// What holds for any cluster: order does not matter, a plan that has been carried out leaves nothing to do, no need is
// claimed for twice, no room is sold twice, and everything ends well when provisioning works.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { GPU, type Resources } from '../../../src/core/api/resources.ts'
import type { Observation, ObservedClaim } from '../../../src/core/claim/observation.ts'
import { planClaims } from '../../../src/core/claim/plan-claims.ts'
import { EMPTY_MEMORY, type ClaimPlan, type Memory } from '../../../src/core/claim/plan.ts'
import {
  BIG,
  CHOOSING_BACKEND,
  conditionsAt,
  FIXED_BACKEND,
  makeClaim,
  makeClaimNode,
  makeForeign,
  makeNode,
  makeObservation,
  makePinned,
  makePlacement,
  makePod,
  makeRunning,
  makeWorkload,
  NOW,
  OTHER_SMALL,
  SETTINGS,
  SMALL,
} from './builders.ts'
import { carryOut, withClaim } from './model.ts'

const GPUS: Readonly<Record<string, number>> = { [SMALL]: 1, [OTHER_SMALL]: 1, [BIG]: 4 }
const types = fc.shuffledSubarray([SMALL, OTHER_SMALL, BIG], { minLength: 1 })
const selector = fc.constantFrom({}, {}, { zone: 'a' })
const WORKLOADS = ['w1', 'w2', 'w3']

const arbitraryPod = fc.record({
  workload: fc.constantFrom(...WORKLOADS),
  createdAtMs: fc.nat(3),
  instanceTypes: types,
  ordered: fc.boolean(),
  gpusPerPod: fc.constantFrom(1, 1, 2),
  cpu: fc.constantFrom(100, 12_000),
  nodeSelector: selector,
  state: fc.constantFrom('gated', 'gated', 'gated', 'running', 'pinned', 'foreign gate', 'deleted'),
  on: fc.nat(5),
})
const arbitraryNode = fc.record({
  type: fc.constantFrom(SMALL, OTHER_SMALL, BIG),
  zone: fc.constantFrom('a', 'b'),
  ready: fc.constantFrom(true, true, true, false),
  claimed: fc.boolean(),
  foreignCpu: fc.constantFrom(0, 0, 13_000),
})
const arbitraryClaim = fc.record({
  workload: fc.constantFrom(...WORKLOADS, 'gone'),
  instanceTypes: types,
  stage: fc.constantFrom('new' as const, 'launched' as const),
  idle: fc.boolean(),
})
const arbitraryCluster = fc
  .record({
    pods: fc.array(arbitraryPod, { maxLength: 12 }),
    nodes: fc.array(arbitraryNode, { maxLength: 6 }),
    claims: fc.array(arbitraryClaim, { maxLength: 4 }),
    chooses: fc.boolean(),
    group: fc.boolean(),
  })
  .map(makeCluster)

type Given = {
  readonly pods: readonly Value<typeof arbitraryPod>[]
  readonly nodes: readonly Value<typeof arbitraryNode>[]
  readonly claims: readonly Value<typeof arbitraryClaim>[]
  readonly chooses: boolean
  readonly group: boolean
}
type Value<T> = T extends fc.Arbitrary<infer V> ? V : never

function makeCluster(given: Given): Observation {
  const nodes = given.nodes.map(({ type, zone, ready, claimed }, index) => {
    const labels = { 'kubernetes.io/hostname': `n${index}`, 'node.kubernetes.io/instance-type': type, zone }
    const overrides = ready ? { labels } : { labels, ready, notReadySinceMs: NOW - 10_000 }
    return claimed
      ? makeClaimNode(`r${index}`, overrides, GPUS[type])
      : makeNode(`node-r${index}`, overrides, GPUS[type])
  })
  const claims = [
    ...given.nodes.flatMap(({ claimed, type }, index) =>
      claimed ? [makeClaim(`r${index}`, 'ready', {}, { instanceTypes: [type] })] : [],
    ),
    ...given.claims.map(({ workload, instanceTypes, stage, idle }, index) =>
      makeClaim(
        `c${index}`,
        stage,
        { workload },
        {
          instanceTypes,
          annotations: idle ? { 'kaito.sh/idle-since': new Date(NOW - 10_000).toISOString() } : {},
        },
      ),
    ),
  ]
  const foreign = given.nodes.flatMap(({ foreignCpu }, index) =>
    foreignCpu === 0
      ? []
      : [makeForeign(`f${index}`, `node-r${index}`, { requests: { cpu: foreignCpu, pods: 1 } })],
  )
  const group = given.group
    ? ['g1', 'g2'].map(name =>
        makePod(name, 'wg', {
          placement: makePlacement({ nodesPerReplica: 2, instanceTypes: [OTHER_SMALL, SMALL] }),
        }),
      )
    : []
  return makeObservation({
    workloads: [...WORKLOADS, 'wg'].map(uid => makeWorkload(uid)),
    pods: [...given.pods.map((pod, index) => makeAnyPod(pod, index, given.nodes.length)), ...group],
    nodes,
    claims,
    foreign,
    backend: given.chooses ? CHOOSING_BACKEND : FIXED_BACKEND,
  })
}

function makeAnyPod(given: Value<typeof arbitraryPod>, index: number, nodes: number) {
  const { workload, createdAtMs, instanceTypes, ordered, gpusPerPod, cpu, nodeSelector, state, on } = given
  const placement = makePlacement({
    instanceTypes: gpusPerPod > 1 ? [BIG] : instanceTypes,
    ordered,
    gpusPerPod,
  })
  const requests = { [GPU]: gpusPerPod, cpu, pods: 1 }
  const common = { createdAtMs, placement, requests, nodeSelector }
  const name = `p${index}`
  if (state === 'foreign gate')
    return makePod(name, workload, { ...common, gates: ['x', 'kaito.sh/waiting-for-node'] })
  if (state === 'deleted') return makePod(name, workload, { ...common, deletedAtMs: NOW })
  if (state === 'running' && on < nodes) return makeRunning(name, workload, `node-r${on}`, common)
  if (state === 'pinned' && on < nodes)
    return makePinned(name, workload, `r${on}`, {
      ...common,
      nodeSelector: { ...nodeSelector, 'kaito.sh/claim': `r${on}` },
    })
  return makePod(name, workload, common)
}

function plan(observation: Observation, memory: Memory = EMPTY_MEMORY, nowMs = NOW): ClaimPlan {
  return planClaims(observation, memory, SETTINGS, nowMs)
}

/** What a plan says, without the order in which it says it of equal things. */
function said(found: ClaimPlan) {
  return { ...found, pods: found.pods.toSorted((a, b) => (a.podUid < b.podUid ? -1 : 1)) }
}

describe('planClaims, for any cluster', () => {
  it('gives the same plan whatever the order of its lists', () => {
    fc.assert(
      fc.property(arbitraryCluster, fc.infiniteStream(fc.nat()), (observation, random) => {
        const shuffle = <T>(list: readonly T[]) =>
          list
            .map(item => ({ item, at: random.next().value }))
            .toSorted((left, right) => left.at - right.at)
            .map(({ item }) => item)
        const { pods, nodes, claims, workloads } = observation
        const shuffled = {
          ...observation,
          pods: shuffle(pods),
          nodes: shuffle(nodes),
          claims: shuffle(claims),
          workloads: new Map(shuffle([...workloads])),
        }
        assert.deepEqual(said(plan(shuffled)), said(plan(observation)))
      }),
      { numRuns: 300 },
    )
  })

  it('leaves nothing to do once it has been carried out', () => {
    fc.assert(
      fc.property(arbitraryCluster, observation => {
        const first = plan(observation)
        const second = plan(carryOut(observation, first, NOW), first.memory)
        assert.deepEqual(second.actions, [])
      }),
      { numRuns: 500 },
    )
  })

  it('a controller that has just started and knows nothing decides the same', () => {
    fc.assert(
      fc.property(arbitraryCluster, observation => {
        const after = carryOut(observation, plan(observation), NOW)
        assert.deepEqual(plan(after, EMPTY_MEMORY).actions, [])
      }),
      { numRuns: 300 },
    )
  })

  it('never sells room twice: what is bound and pinned fits what the nodes have', () => {
    fc.assert(
      fc.property(arbitraryCluster, observation => {
        const before = overbooked(observation)
        const after = overbooked(carryOut(observation, plan(observation), NOW))
        assert.deepEqual(after, before)
      }),
      { numRuns: 500 },
    )
  })

  it('says at most one sentence of each pod, and one of every pod that waits for us', () => {
    fc.assert(
      fc.property(arbitraryCluster, observation => {
        const uids = plan(observation).pods.map(({ podUid }) => podUid)
        assert.equal(new Set(uids).size, uids.length)
        const silent = observation.pods.filter(
          ({ uid, gates, deletedAtMs }) =>
            gates.length > 0 && deletedAtMs === undefined && !uids.includes(uid),
        )
        assert.deepEqual(silent, [])
      }),
      { numRuns: 300 },
    )
  })

  it('opens only gates of pods for which ours is the last one', () => {
    fc.assert(
      fc.property(arbitraryCluster, observation => {
        for (const action of plan(observation).actions)
          if (action.type === 'bind-pod') assert.deepEqual(action.pod.gates, ['kaito.sh/waiting-for-node'])
      }),
    )
  })

  it('never evicts a scheduled pod of a single-node workload, never deletes a claim with a pod on its node', () => {
    fc.assert(
      fc.property(arbitraryCluster, observation => {
        for (const action of plan(observation).actions) {
          if (action.type === 'evict-pod') assert.equal(action.pod.nodeName, undefined)
          if (action.type === 'delete-claim')
            assert.ok(!observation.pods.some(pod => pod.nodeName === `node-${action.claim.name}`))
        }
      }),
    )
  })

  it('every gated pod has a node in the end, and no claim is left over that was never used', () => {
    fc.assert(
      fc.property(arbitraryCluster, observation => {
        let state: Observation = {
          ...observation,
          claims: observation.claims.filter(({ name }) => name.startsWith('r')),
        }
        const known = new Set(state.claims.map(({ name }) => name))
        let { memory } = plan(state)
        const used = new Set<string>()
        for (let round = 1; round <= 6; round += 1) {
          const nowMs = NOW + round * 10_000
          const found = plan(state, memory, nowMs)
          for (const action of found.actions) if (action.type === 'bind-pod') used.add(action.nodeName)
          memory = found.memory
          state = provision(carryOut(state, found, nowMs))
        }
        const waiting = state.pods.filter(
          ({ gates, deletedAtMs }) => gates.length === 1 && deletedAtMs === undefined,
        )
        assert.deepEqual(
          waiting.map(({ name }) => name),
          [],
        )
        const unused = state.claims.filter(({ name }) => !known.has(name) && !used.has(`node-${name}`))
        assert.deepEqual(
          unused.map(({ name }) => name),
          [],
        )
      }),
      { numRuns: 300 },
    )
  })
})

/** Every claim gets the node that it asked for: the smallest of its types, with the labels that it requires. */
function provision(state: Observation): Observation {
  return state.claims.reduce((next, claim) => {
    if (claim.nodeName !== undefined || claim.deletedAtMs !== undefined) return next
    const type = claim.instanceTypes.toSorted((a, b) => (GPUS[a] ?? 0) - (GPUS[b] ?? 0))[0] ?? ''
    const labels = {
      'node.kubernetes.io/instance-type': type,
      ...Object.fromEntries(claim.requirements.map(({ key, values }) => [key, values[0] ?? ''])),
    }
    const cpu = Math.max(24_000, claim.requests['cpu'] ?? 0)
    const node = makeClaimNode(claim.name, { labels }, GPUS[type])
    const ready = (one: ObservedClaim) => ({ ...one, conditions: conditionsAt('ready'), nodeName: node.name })
    const allocatable = { ...node.allocatable, cpu }
    return { ...withClaim(next, claim, ready), nodes: [...next.nodes, { ...node, allocatable }] }
  }, state)
}

/** Nodes that have less of something than the pods on them, or pinned to them, ask for. */
function overbooked(state: Observation): readonly string[] {
  return state.nodes
    .filter(node => {
      const onIt = state.pods.filter(
        pod =>
          pod.nodeName === node.name ||
          (pod.nodeName === undefined &&
            pod.gates.length === 0 &&
            (pod.nodeSelector['kaito.sh/claim'] === (node.labels['kaito.sh/claim'] ?? '-') ||
              pod.nodeSelector['kubernetes.io/hostname'] === (node.labels['kubernetes.io/hostname'] ?? '-'))),
      )
      const all: readonly Resources[] = [...onIt, ...(state.foreignPods.get(node.name) ?? [])].map(
        ({ requests }) => requests,
      )
      return [GPU, 'cpu', 'pods'].some(
        name => all.reduce((sum, requests) => sum + (requests[name] ?? 0), 0) > (node.allocatable[name] ?? 0),
      )
    })
    .map(({ name }) => name)
}
