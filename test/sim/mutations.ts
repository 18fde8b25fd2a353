// Mistakes that the simulator must find: each is a small change of the text of planner or executor, as somebody might make
// it. A text that is not there any more is a failure, so that none of them goes stale unseen.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadControllerCode, SOURCE } from './controller/code.ts'
import type { ControllerCode } from './controller/parts.ts'

export interface Mutation {
  readonly name: string
  readonly file: string
  readonly from: string
  readonly to: string
}

export const MUTATIONS: readonly Mutation[] = [
  {
    name: 'the deletion of a claim names no version',
    file: 'controller/execute.ts',
    from: 'client.delete(claims, claim, { uid, resourceVersion })',
    to: 'client.delete(claims, claim, { uid })',
  },
  {
    name: 'no second look before a node is given back',
    file: 'controller/execute.ts',
    from: '(await hasPods(client, nodeName))',
    to: 'Date.now() < 0',
  },
  {
    name: 'names of claims are made up anew each time',
    file: 'core/claim/names.ts',
    from: '${shape}\\n${index}`',
    to: '${shape}\\n${index}${(made += 1)}`',
  },
  {
    name: 'idle claims are never deleted',
    file: 'core/claim/idle.ts',
    from: 'ledger.released.add(claim.uid)\n',
    to: 'if (turn.nowMs > 0) return\n  ledger.released.add(claim.uid)\n',
  },
  {
    name: "other people's pods are not counted",
    file: 'core/claim/occupancy.ts',
    from: 'for (const [nodeName, list] of foreignPods)',
    to: 'for (const [nodeName, list] of [...foreignPods].slice(0, 0))',
  },
  {
    name: 'the answers to writes are not put into the caches',
    file: 'controller/cluster-cache.ts',
    from: 'caches[resource]?.written(object)',
    to: 'void [caches, resource, object]',
  },
  {
    name: 'pods of a group are let go one by one',
    file: 'core/claim/groups.ts',
    from: 'const isComplete = ready.length >= demanded.length',
    to: 'const isComplete = ready.length > 0',
  },
  {
    name: 'refused capacity is not remembered',
    file: 'core/claim/refusals.ts',
    from: 'const { claims, goneClaims } = turn.observation',
    to: 'const { claims, goneClaims } = { claims: turn.observation.claims, goneClaims: [] as ObservedClaim[] }',
  },
  {
    name: 'refusals are not reported',
    file: 'core/claim/refusals.ts',
    from: 'if (refused.said === message) return refused',
    to: 'if (refused.said !== message) return refused',
  },
  {
    name: 'the idle mark stays when the node is used again',
    file: 'core/claim/idle.ts',
    from: 'if (idleSinceMs(claim) !== undefined) turn',
    to: 'if (turn.nowMs < 0) turn',
  },
  {
    name: 'gates open although somebody else has one',
    file: 'core/claim/demand.ts',
    from: 'if (others.length > 0)',
    to: 'if (others.length > 9)',
  },
  {
    name: 'pods that are pinned take no room',
    file: 'core/claim/occupancy.ts',
    from: 'else if (!pod.gates.includes(GATE_NAME)) addPinned(pinned, pod)',
    to: 'else if (pod.gates.length < 0) addPinned(pinned, pod)',
  },
  {
    name: 'what is on its way does not count',
    file: 'controller/in-flight.ts',
    from: 'if (running.size === 0)',
    to: 'if (running.size >= 0)',
  },
  {
    name: 'a list undoes what was made while it was on its way',
    file: 'controller/cache.ts',
    from: 'if (!seen.has(uid) && !outlivesList(uid, known.resourceVersion, resourceVersion)) forget(uid)',
    to: 'if (!seen.has(uid)) forget(uid)',
  },
  {
    name: 'what we have made outlives a list of a later moment that does not name it',
    file: 'controller/cache.ts',
    from: 'isNewer(madeAt, listVersion)',
    to: "madeAt !== ''",
  },
  {
    name: 'claims of deleted workloads are kept',
    file: 'core/claim/idle.ts',
    from: 'if (isNeeded(claim, occupancy, needs)) keep',
    to: 'if (isNeeded(claim, occupancy, needs) || !turn.observation.workloads.has(workloadOfClaim(claim) ?? "")) keep',
  },
  {
    name: 'pods that run are evicted with their node',
    file: 'core/claim/demand.ts',
    from: 'if (pod.nodeName !== undefined) continue',
    to: 'if (pod.nodeName !== undefined && pod.ready) continue',
  },
  {
    name: 'a quota does not count the pods that are open',
    file: 'core/claim/quota.ts',
    from: 'if (pod.gates.includes(GATE_NAME)) continue\n    const workload',
    to: 'if (pod.gates.length >= 0) continue\n    const workload',
  },
  {
    name: 'gates open before the node is ready',
    file: 'core/claim/room.ts',
    from: 'isReady(claim) && isUsable(node) &&',
    to: '',
  },
  {
    name: 'ages are counted by the own clock',
    file: 'kube/server-clock.ts',
    from: 'beganAtMs === undefined ? local',
    to: 'elapsedMs() > 0 ? local',
  },
  {
    name: 'a pinned pod whose node is lost waits for ever',
    file: 'core/claim/evict.ts',
    from: 'if (cause === undefined) {',
    to: 'if (cause === undefined || turn.nowMs > 0) {',
  },
]

export interface Mutant extends Disposable {
  readonly code: ControllerCode
  readonly folder: string
}

/** A copy of the source with the mistake in it, loaded. */
export async function makeMutant({ file, from, to, name }: Mutation): Promise<Mutant> {
  const folder = mkdtempSync(join(tmpdir(), 'kaito-native-mutant-'))
  const dispose = (): void => rmSync(folder, { recursive: true, force: true })
  try {
    for (const part of ['core', 'controller', 'kube'])
      cpSync(join(SOURCE, part), join(folder, part), { recursive: true })
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
    const path = join(folder, file)
    const text = readFileSync(path, 'utf8')
    const parts = text.split(from)
    if (parts.length !== 2)
      throw new Error(`mutation "${name}": ${file} has the text ${parts.length - 1} times: ${from}`)
    writeFileSync(path, `${parts.join(to)}\nlet made = 0\nvoid made\n`)
    return { code: await loadControllerCode(folder), folder, [Symbol.dispose]: dispose }
  } catch (error) {
    dispose()
    throw error
  }
}
