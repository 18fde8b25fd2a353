// Settings that a user names for a trainer: while they are not known to work its pods get no node, and no longer. Planner,
// reader and an API server in memory.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseSettings } from '../../src/cli/parse-yaml.ts'
import { createTrainingConfigs, type TrainingConfigs } from '../../src/controller/training-configs.ts'
import type { ClusterClient } from '../../src/core/ports.ts'
import { planClaims } from '../../src/core/claim/plan-claims.ts'
import { EMPTY_MEMORY, type ClaimPlan } from '../../src/core/claim/plan.ts'
import { TUNING_SETTINGS } from '../../src/core/companion/tuning-settings.ts'
import type { ObservedPod, ObservedWorkload } from '../../src/core/workload/observed.ts'
import { translateResponse } from '../../src/kube/errors.ts'
import { FAILURES } from '../../src/kube/failures.ts'
import {
  actionsOf,
  makeObservation,
  makePod,
  makeRunning,
  makeWorkload,
  SETTINGS,
} from '../core/claim/builders.ts'
import { makeClock, type ManualClock } from './manual-clock.ts'
import { makeMemoryApi, type MemoryApi } from './memory-api.ts'

const LATER_MS = 10_000

interface Parts {
  readonly api: MemoryApi
  readonly clock: ManualClock
  readonly configs: TrainingConfigs
  woken: number
}

function makeParts(client?: Partial<ClusterClient>): Parts {
  const api = makeMemoryApi()
  const clock = makeClock()
  const parts = { api, clock, woken: 0 }
  const dependencies = {
    client: { ...api.client, ...client },
    clock,
    failures: FAILURES,
    parseYaml: parseSettings,
  }
  const configs = createTrainingConfigs(dependencies, () => void parts.woken++)
  return Object.assign(parts, { configs })
}

const TUNES = {
  isInference: false,
  isTuning: true,
  namedSettings: { method: 'qlora', configMap: 'mine' },
} as const

/** What is planned for one gated pod of one workload, unless given. */
function planned(
  { configs, clock }: Parts,
  workload: Partial<ObservedWorkload> = TUNES,
  pod: ObservedPod = makePod('p', 'w1'),
): ClaimPlan & { readonly nextReadMs: number | undefined } {
  const observed = makeObservation({ workloads: [makeWorkload('w1', workload)], pods: [pod] })
  const { holds, requeueAfterMs } = configs.holds(observed)
  const plan = planClaims({ ...observed, holds }, EMPTY_MEMORY, SETTINGS, clock.now())
  return { ...plan, nextReadMs: requeueAfterMs }
}

function putSettings({ api }: Parts, text: string): void {
  const metadata = { name: 'mine', namespace: 'team' }
  api.put('configmaps', { metadata, data: { 'training_config.yaml': text } })
}

const claimsOf = (plan: ClaimPlan): number => actionsOf(plan, 'create-claim').length

describe('training configs', () => {
  test('before they are read nothing is bought and nothing said; then a claim is made', async () => {
    const parts = makeParts()
    putSettings(parts, TUNING_SETTINGS.qlora)
    const first = planned(parts)
    assert.deepEqual([claimsOf(first), first.pods[0]?.reason, first.notices], [0, 'TrainingConfigUnread', []])
    await parts.configs.settled()
    assert.equal(parts.woken, 1)
    assert.equal(claimsOf(planned(parts)), 1)
    assert.deepEqual(parts.api.calls, ['get configmaps mine'])
  })

  test('mistakes are all said in one notice; repaired, the Job goes on', async () => {
    const parts = makeParts()
    putSettings(parts, 'training_config: {TrainingArguments: {output_dir: /tmp}}')
    planned(parts)
    await parts.configs.settled()
    const held = planned(parts)
    assert.equal(claimsOf(held), 0)
    assert.deepEqual(
      held.notices.map(({ type, reason }) => [type, reason]),
      [['Warning', 'TrainingConfigInvalid']],
    )
    assert.match(
      held.notices[0]?.message ?? '',
      /^ConfigMap mine: data\[training_config\.yaml\].*load_in_4bit.*; .*output_dir.*"\/tmp"/,
    )
    assert.equal(held.nextReadMs, LATER_MS)
    putSettings(parts, TUNING_SETTINGS.qlora)
    parts.clock.advance(LATER_MS)
    planned(parts)
    await parts.configs.settled()
    assert.equal(claimsOf(planned(parts)), 1)
  })

  test('one that is missing is asked for, and looked for again', async () => {
    const parts = makeParts()
    planned(parts)
    await parts.configs.settled()
    const [notice] = planned(parts).notices
    assert.equal(
      notice?.message,
      'metadata.annotations[kaito.sh/config]: Not found: "mine": no ConfigMap of this name in namespace team: create it with the key training_config.yaml',
    )
    putSettings(parts, TUNING_SETTINGS.qlora)
    parts.clock.advance(LATER_MS)
    planned(parts)
    await parts.configs.settled()
    assert.equal(claimsOf(planned(parts)), 1)
  })

  test('settings that become wrong while the pod waits hold it up again', async () => {
    const parts = makeParts()
    putSettings(parts, TUNING_SETTINGS.qlora)
    planned(parts)
    await parts.configs.settled()
    putSettings(parts, TUNING_SETTINGS.lora)
    parts.clock.advance(LATER_MS)
    assert.equal(claimsOf(planned(parts)), 1)
    await parts.configs.settled()
    assert.equal(claimsOf(planned(parts)), 0)
  })

  test('an API server that does not answer leaves things as they were', async () => {
    let isDown = true
    const found = { data: { 'training_config.yaml': TUNING_SETTINGS.qlora } }
    const get = (): Promise<typeof found> =>
      isDown ? Promise.reject(translateResponse('GET', { status: 503, body: '' })) : Promise.resolve(found)
    const parts = makeParts({ get })
    planned(parts)
    await parts.configs.settled()
    const held = planned(parts)
    assert.equal(held.pods[0]?.reason, 'TrainingConfigUnread')
    assert.match(held.pods[0]?.message ?? '', /cannot be read: .*503/)
    for (const down of [false, true]) {
      isDown = down
      parts.clock.advance(LATER_MS)
      planned(parts)
      await parts.configs.settled()
      assert.equal(claimsOf(planned(parts)), 1)
    }
  })

  test('nothing is read for who needs nothing: no named settings, a running pod, not ours any more', async () => {
    const parts = makeParts()
    planned(parts, { isInference: false, isTuning: true })
    planned(parts, TUNES, makeRunning('p', 'w1', 'node'))
    planned(parts, { ...TUNES, annotated: false })
    await parts.configs.settled()
    assert.deepEqual(parts.api.calls, [])
  })

  test('two Jobs with the same settings are one request, and no more than one at once', async () => {
    const parts = makeParts()
    putSettings(parts, TUNING_SETTINGS.qlora)
    const observed = makeObservation({
      workloads: ['w1', 'w2'].map(uid => makeWorkload(uid, TUNES)),
      pods: ['w1', 'w2'].map(uid => makePod(`pod-${uid}`, uid)),
    })
    assert.equal(parts.configs.holds(observed).holds.size, 2)
    parts.configs.holds(observed)
    await parts.configs.settled()
    assert.equal(parts.configs.holds(observed).holds.size, 0)
    assert.deepEqual(parts.api.calls, ['get configmaps mine'])
  })
})
