// Capacity that the provider refuses: the next instance type, what is said about it, and the wait where nothing is left.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stringAt } from '../../src/core/api/json.ts'
import { labelsOf, conditionOf, instanceTypesOf } from './eyes.ts'
import { describeWithController } from './suite.ts'
import { makeDeployment, makeStatefulSet } from './workloads.ts'

const FIRST = 'Standard_NC24ads_A100_v4'
const SECOND = 'Standard_NC40ads_H100_v5'
const ORDERED = { 'kaito.sh/instance-type': `${FIRST},${SECOND}` }
const WORDS = 'no A100 is left in this region'

await describeWithController('scarce capacity on real Karpenter', {}, cluster => {
  test('the second type is taken; Event and condition repeat the words of the provider', async () => {
    const { create, createNamespace, nodes, untilRunning, claims, eventsOf, until, get } = cluster()
    await createNamespace('second')
    nodes.scarce.set({ [FIRST]: WORDS })
    // Time to read the condition before the second type's node is there.
    nodes.slow.set({ [SECOND]: 3 })
    await create('second', makeDeployment('model', { annotations: ORDERED }))
    const condition = await until('the refusal is in the condition', async () => {
      const found = conditionOf(await get('second', 'Deployment', 'model'), 'kaito.sh/ResourceReady')
      const message = found === undefined ? undefined : stringAt(found, 'message')
      return message?.includes(WORDS) === true ? found : undefined
    })
    assert.equal(condition['status'], 'False')
    await untilRunning('second', 1)
    const [claim] = await claims()
    assert.ok(claim !== undefined)
    assert.deepEqual(instanceTypesOf(claim), [SECOND])
    assert.equal(labelsOf(claim)['node.kubernetes.io/instance-type'], SECOND)
    const said = (await eventsOf('second', 'model')).filter(event => event.startsWith('CapacityRefused: '))
    assert.ok(
      said.some(event => event.includes(WORDS)),
      said.join('\n'),
    )
  })

  test('a group whose first type is scarce gets two nodes of the second, and none of the first', async () => {
    const { create, createNamespace, nodes, untilRunning, claimsOf, untilReleased, kubectl } = cluster()
    await createNamespace('group')
    nodes.scarce.set({ [FIRST]: WORDS })
    nodes.slow.set({})
    await create('group', makeStatefulSet('wide', 2, { annotations: ORDERED }))
    await untilRunning('group', 2)
    assert.deepEqual((await claimsOf('group')).map(instanceTypesOf), [[SECOND], [SECOND]])
    await kubectl(['-n', 'group', 'scale', 'statefulset/wide', '--replicas=0'])
    await untilReleased('group')
  })

  test('where every type is refused it goes on asking, and takes the first that comes', async () => {
    const { create, createNamespace, nodes, untilRunning, claims, until, get } = cluster()
    await createNamespace('patient')
    const before = (await claims()).length
    nodes.scarce.set({ [FIRST]: WORDS, [SECOND]: 'and no H100' })
    await create('patient', makeDeployment('model', { annotations: ORDERED }))
    await until('it waits for capacity', async () => {
      const found = conditionOf(await get('patient', 'Deployment', 'model'), 'kaito.sh/ResourceReady')
      return found?.['reason'] === 'WaitingForCapacity' ? true : undefined
    })
    nodes.scarce.set({})
    await untilRunning('patient', 1)
    assert.equal((await claims()).length, before + 1)
  })
})
