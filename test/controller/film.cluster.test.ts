// The whole film on real Karpenter: an annotated Deployment from `kubectl apply` to Running, up and down, and the nodes
// given back.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { listAt, objectAt, type JsonObject } from '../../src/core/api/json.ts'
import { nameOf } from '../admission/api.ts'
import { recordClaims, type ClaimHistory } from './claim-history.ts'
import { conditionOf, gatesOf, labelsOf, namesOf, uidOf } from './eyes.ts'
import { describeWithController } from './suite.ts'

const SAMPLE = readFileSync(new URL('../../manifests/samples/phi-4-mini.yaml', import.meta.url), 'utf8')
const WAIT = ['wait', '--for=condition=kaito.sh/Ready', 'deploy/phi-4-mini', '--timeout=60s']

/** IDLE_GRACE; the mark has milliseconds. */
const GRACE_MS = 2000

await describeWithController('the sample Deployment on real Karpenter', {}, cluster => {
  test('it becomes Running, with its conditions, Events and a Service with endpoints', async () => {
    const { plane, kubectl, claims, untilRunning, get, eventsOf, until } = cluster()
    await using history = await recordClaims(plane)
    await kubectl(['apply', '-f', '-'], SAMPLE)
    await kubectl(WAIT)
    const [pod] = await untilRunning('default', 1)
    assert.ok(pod !== undefined)
    assert.deepEqual(gatesOf(pod), [])
    const [claim, ...others] = await claims()
    assert.ok(claim !== undefined)
    assert.deepEqual(others, [])
    assert.equal(
      objectAt(objectAt(pod, 'spec'), 'nodeSelector')['kaito.sh/claim'],
      labelsOf(claim)['kaito.sh/claim'],
    )
    const seen = history.sights.flatMap(sight =>
      'pod' in sight && sight.uid === uidOf(pod) ? [sight.pod] : [],
    )
    assert.deepEqual([seen[0]?.isGated, seen[0]?.pin], [true, undefined])
    assert.deepEqual([seen.at(-1)?.isGated, seen.at(-1)?.pin], [false, nameOf(claim)])
    const deployment = await get('default', 'Deployment', 'phi-4-mini')
    for (const type of ['kaito.sh/ResourceReady', 'kaito.sh/InferenceReady', 'kaito.sh/Ready'])
      assert.equal(conditionOf(deployment, type)?.['status'], 'True', type)
    const events = await until('the Events', async () => {
      const said = await eventsOf('default', 'phi-4-mini')
      return said.length > 0 ? said : undefined
    })
    assert.match(events.join('\n'), /ClaimCreated: /)
    await until('the Service has endpoints', async () => {
      const slices = await kubectl([
        'get',
        'endpointslices',
        '-l',
        'kubernetes.io/service-name=phi-4-mini',
        '-o',
        'json',
      ])
      const items = listAt(JSON.parse(slices) as JsonObject, 'items') as readonly JsonObject[]
      return items.some(slice => listAt(slice, 'endpoints').length === 1) ? true : undefined
    })
  })

  test('scaled to three and to none: three nodes, then none after the grace', async () => {
    const { plane, kubectl, claims, nodesNow, eventsOf, untilRunning, until } = cluster()
    await using history = await recordClaims(plane)
    await kubectl(['scale', 'deploy/phi-4-mini', '--replicas=3'])
    await untilRunning('default', 3)
    const names = namesOf(await claims())
    assert.deepEqual([names.length, (await nodesNow()).length], [3, 3])
    await kubectl(['scale', 'deploy/phi-4-mini', '--replicas=0'])
    await until('claims and nodes are given back', async () =>
      (await claims()).length + (await nodesNow()).length === 0 ? true : undefined,
    )
    for (const name of names) assert.ok(keptMs(history, name) >= GRACE_MS, `${name} was kept for its grace`)
    await until('an Event tells of each', async () => {
      const said = (await eventsOf('default', 'phi-4-mini')).join('\n')
      return names.every(name => said.includes(`NodeReleased: claim ${name} is released`)) ? true : undefined
    })
  })
})

/** Milliseconds from the mark of a claim to its deletion. */
function keptMs({ sights }: ClaimHistory, name: string): number {
  const seen = sights.flatMap(sight =>
    'claim' in sight && sight.claim?.name === name ? [{ ...sight.claim, atMs: sight.atMs }] : [],
  )
  const marked = seen.findLast(({ isLeaving, idleSinceMs }) => !isLeaving && idleSinceMs !== undefined)
  const left = seen.find(({ isLeaving }) => isLeaving)
  return (left?.atMs ?? NaN) - (marked?.idleSinceMs ?? NaN)
}
