// A cluster without Karpenter whose nodes are made from Machines, as gpu-provisioner up to 0.2.1 makes them.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { loadCatalogue } from '../../src/catalogue/load.ts'
import { isObject, listAt, objectAt, stringAt, type JsonObject } from '../../src/core/api/json.ts'
import { createApi, nameOf } from '../admission/api.ts'
import { startServe } from '../admission/serve-process.ts'
import { describeWithKubelets } from '../cluster/available.ts'
import type { ControlPlane } from '../cluster/control-plane.ts'
import { poll } from '../cluster/poll.ts'
import { conditionOf, createEyes, instanceTypesOf, isReady, type Eyes } from './eyes.ts'
import { MACHINES, startMachineProvisioner } from './fake-machine-provisioner.ts'
import { IDLE_GRACE } from './suite.ts'
import { makeDeployment } from './workloads.ts'

const CRD = new URL('../fixtures/crds/karpenter.sh_machines.karpenter-core-0.32.0.yaml', import.meta.url)
const SAMPLE = readFileSync(new URL('../../manifests/samples/phi-4-mini.yaml', import.meta.url), 'utf8')
const TIMEOUT_MS = 30_000

await describeWithKubelets('Machines of karpenter.sh/v1alpha5', {}, plane => {
  const machines = async (): Promise<readonly JsonObject[]> => {
    const { body } = await plane().request<JsonObject>('GET', MACHINES)
    return listAt(body, 'items').filter(isObject)
  }

  // A suite of its own: its after comes before the one that stops the control plane.
  describe('gpu-provisioner', () => {
    const running = new AsyncDisposableStack()
    let eyes: Eyes
    before(async () => {
      const api = createApi(plane())
      await api.createNamespace('kaito-system')
      await installMachines(plane())
      running.use(startMachineProvisioner(plane(), await gpuTable()))
      const serve = await startServe(plane(), IDLE_GRACE)
      running.defer(() => serve.kill())
      eyes = createEyes(plane(), api)
    })
    after(() => running.disposeAsync())

    test('the sample Deployment runs on a node that one Machine became', async () => {
      await eyes.kubectl(['apply', '-f', '-'], SAMPLE)
      await eyes.kubectl(['wait', '--for=condition=kaito.sh/Ready', 'deploy/phi-4-mini', '--timeout=60s'])
      const [pod] = await eyes.untilRunning('default', 1)
      const [machine, ...others] = await machines()
      assert.ok(pod !== undefined && machine !== undefined)
      assert.deepEqual(others, [])
      assert.match(nameOf(machine), /^[a-z][a-z0-9]{0,10}$/)
      assert.equal(instanceTypesOf(machine).length, 1)
      assert.ok(isReady(machine))
      assert.equal(objectAt(pod, 'spec')['nodeName'], objectAt(machine, 'status')['nodeName'])
      assert.equal(objectAt(objectAt(pod, 'spec'), 'nodeSelector')['kaito.sh/claim'], nameOf(machine))
    })

    test('scaled to three: a Machine for each; to none: Machines and nodes are gone after the grace', async () => {
      await eyes.kubectl(['scale', 'deploy/phi-4-mini', '--replicas=3'])
      await eyes.untilRunning('default', 3)
      assert.equal((await machines()).length, 3)
      await eyes.kubectl(['scale', 'deploy/phi-4-mini', '--replicas=0'])
      await eyes.until('Machines and nodes are gone', async () =>
        (await machines()).length + (await eyes.nodesNow()).length === 0 ? true : undefined,
      )
    })

    test('a type that the provisioner does not know: its words are in the condition', async () => {
      const api = createApi(plane())
      await api.createNamespace('failing')
      const annotations = { 'kaito.sh/instance-type': UNSOLD }
      await api.create('failing', makeDeployment('model', { annotations }))
      const message = await eyes.until('the words', async () => {
        const found = conditionOf(await api.get('failing', 'Deployment', 'model'), 'kaito.sh/ResourceReady')
        const text = stringAt(found ?? {}, 'message') ?? ''
        return text.includes(`no instance type ${UNSOLD}`) ? text : undefined
      })
      assert.match(message, /waiting for claim kn[0-9a-f]{9} /)
    })
  })
})

/** In the catalogue, but not to be had here. */
const UNSOLD = 'Standard_NC40ads_H100_v5'

async function gpuTable(): Promise<(type: string) => number | undefined> {
  const catalogue = await loadCatalogue()
  assert.ok(catalogue.ok)
  const sold = catalogue.value.instanceTypes.filter(({ name }) => name !== UNSOLD)
  const gpus = new Map(sold.map(({ name, gpuCount }) => [name, gpuCount]))
  return type => gpus.get(type)
}

async function installMachines(plane: ControlPlane): Promise<void> {
  const crds = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
  const { status, body } = await plane.request('POST', crds, readFileSync(CRD, 'utf8'), 'application/yaml')
  assert.equal(status, 201, JSON.stringify(body))
  await poll('Machines are served', TIMEOUT_MS, async () =>
    (await plane.request('GET', MACHINES)).status === 200 ? true : undefined,
  )
}
