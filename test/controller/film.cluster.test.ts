// The whole film on real Karpenter: an annotated Deployment from `kubectl apply` to Running, up and down, and the nodes
// given back.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { listAt, objectAt, type JsonObject } from '../../src/core/api/json.ts'
import { conditionOf, gatesOf, labelsOf } from './eyes.ts'
import { describeWithController } from './suite.ts'

const SAMPLE = readFileSync(new URL('../../manifests/samples/phi-4-mini.yaml', import.meta.url), 'utf8')
const WAIT = ['wait', '--for=condition=kaito.sh/Ready', 'deploy/phi-4-mini', '--timeout=60s']

await describeWithController('the sample Deployment on real Karpenter', {}, cluster => {
  test('it becomes Running, with its conditions, Events and a Service with endpoints', async () => {
    const { kubectl, claims, untilRunning, get, eventsOf, until } = cluster()
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
    const { kubectl, claims, untilRunning, until } = cluster()
    await kubectl(['scale', 'deploy/phi-4-mini', '--replicas=3'])
    await untilRunning('default', 3)
    assert.equal((await claims()).length, 3)
    await kubectl(['scale', 'deploy/phi-4-mini', '--replicas=0'])
    await until('the nodes are given back', async () => ((await claims()).length === 0 ? true : undefined))
  })
})
