// What the cluster has of provisioners, as a real API server tells it.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Provisioning } from '../../src/core/api/plan.ts'
import { createKubeClient, type KubeClient } from '../../src/kube/client.ts'
import { isTransient } from '../../src/kube/errors.ts'
import { loadKubeConfig } from '../../src/kube/kubeconfig.ts'
import { discoverProvisioner } from '../../src/kube/provisioner.ts'
import { describeWithControlPlane } from '../cluster/available.ts'
import { poll } from '../cluster/poll.ts'
import { readCrd } from '../core/claim/backends/crd.ts'

const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
const KAITO_NODE_CLASSES = 'kaito.sh_kaitonodeclasses.yaml'
const EC2_NODE_CLASSES = 'karpenter.k8s.aws_ec2nodeclasses.kaito-0.8.0.yaml'

await describeWithControlPlane('discovery of provisioners', { controllers: false }, plane => {
  let client: KubeClient
  before(() => {
    client = createKubeClient(loadKubeConfig(plane().kubeconfig))
  })
  after(() => client.close())

  async function serve(crd: object): Promise<void> {
    const { status, body } = await plane().request('POST', CRDS, crd)
    assert.equal(status, 201, JSON.stringify(body))
  }

  async function createNodeClass(name: string): Promise<void> {
    const terms = [{ tags: { 'karpenter.sh/discovery': 'test' } }]
    const { status, body } = await plane().request('POST', '/apis/karpenter.k8s.aws/v1/ec2nodeclasses', {
      apiVersion: 'karpenter.k8s.aws/v1',
      kind: 'EC2NodeClass',
      metadata: { name },
      spec: {
        role: 'node',
        amiSelectorTerms: [{ alias: 'al2023@latest' }],
        subnetSelectorTerms: terms,
        securityGroupSelectorTerms: terms,
      },
    })
    assert.equal(status, 201, JSON.stringify(body))
  }

  async function found(provisioning: Provisioning = 'nodeclaim'): Promise<string> {
    const provisioner = await discoverProvisioner(client, { provisioning })
    const nodeClass = provisioner?.nodeClass
    return `${provisioner?.backend.name}: ${nodeClass?.kind} ${nodeClass?.name}`
  }

  async function untilFound(want: string): Promise<void> {
    await poll(want, 15_000, async () => {
      try {
        return (await found()) === want || undefined
      } catch (error) {
        // "storage is (re)initializing": just after the CRD was created.
        if (isTransient(error)) return undefined
        throw error
      }
    })
  }

  test('nothing: says what to do', async () => {
    const provisioner = await discoverProvisioner(client, { provisioning: 'nodeclaim' })
    assert.equal(provisioner?.nodeClass, undefined)
    assert.match(provisioner?.problem ?? '', /--node-class/)
  })

  test('no provisioner, or Machines: no node class is looked for', async () => {
    assert.equal(await discoverProvisioner(client, { provisioning: 'none' }), undefined)
    assert.equal(await found('machine'), 'machine: undefined undefined')
  })

  test('KAITO’s own group, without the kind', async () => {
    const crd = readCrd(KAITO_NODE_CLASSES)
    const names = {
      plural: 'workspaces',
      singular: 'workspace',
      kind: 'Workspace',
      listKind: 'WorkspaceList',
    }
    await serve({ ...crd, metadata: { name: 'workspaces.kaito.sh' }, spec: { ...crd.spec, names } })
    await poll('kaito.sh is served', 15_000, async () => {
      const groups = await client.request({ method: 'GET', path: '/apis' })
      return JSON.stringify(groups).includes('"kaito.sh"') || undefined
    })
    assert.equal(await found(), 'nodeclaim-generic: undefined undefined')
  })

  test('the CRD of gpu-provisioner', async () => {
    await serve(readCrd(KAITO_NODE_CLASSES))
    await untilFound('nodeclaim-azure-gpu-provisioner: KaitoNodeClass default')
  })

  test('an EC2NodeClass, then two, then one named default', async () => {
    await serve(readCrd(EC2_NODE_CLASSES))
    await untilFound('nodeclaim-aws: undefined undefined')
    await createNodeClass('gpu')
    await untilFound('nodeclaim-aws: EC2NodeClass gpu')
    await createNodeClass('other')
    assert.equal(await found(), 'nodeclaim-aws: undefined undefined')
    await createNodeClass('default')
    assert.equal(await found(), 'nodeclaim-aws: EC2NodeClass default')
  })

  test('the one that is given, if it is there', async () => {
    const given = { group: 'karpenter.k8s.aws', kind: 'EC2NodeClass' }
    const options = { provisioning: 'nodeclaim' } as const
    const there = await discoverProvisioner(client, { ...options, nodeClass: { ...given, name: 'other' } })
    assert.equal(there?.nodeClass?.name, 'other')
    assert.equal(there.problem, undefined)
    const missing = await discoverProvisioner(client, { ...options, nodeClass: { ...given, name: 'none' } })
    assert.match(missing?.problem ?? '', /there is no EC2NodeClass/)
  })
})
