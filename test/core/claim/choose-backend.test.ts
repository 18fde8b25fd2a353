// Facts about the cluster → back-end and node class.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  chooseBackend,
  KNOWN_NODE_CLASS_KINDS,
  type ProvisionerFacts,
  type ServedNodeClasses,
} from '../../../src/core/claim/choose-backend.ts'

const KAITO = { group: 'kaito.sh', kind: 'KaitoNodeClass' }
const AKS = { group: 'karpenter.azure.com', kind: 'AKSNodeClass' }
const EC2 = { group: 'karpenter.k8s.aws', kind: 'EC2NodeClass' }
const OTHER = { group: 'karpenter.example.com', kind: 'ExampleNodeClass' }

function objects(kind: { group: string; kind: string }, ...names: string[]): ServedNodeClasses {
  return { ...kind, names }
}

interface Case {
  readonly name: string
  readonly given: Partial<ProvisionerFacts>
  readonly want: { readonly backend: string; readonly nodeClass?: string; readonly problem?: RegExp }
}

const CASES: readonly Case[] = [
  {
    name: 'Machines need no node class, whatever is given',
    given: { served: 'machine', given: { ...AKS, name: 'x' } },
    want: { backend: 'machine' },
  },
  {
    name: 'the one that is given, before all others',
    given: { nodeClasses: [objects(AKS, 'default'), objects(EC2, 'gpu')], given: { ...EC2, name: 'gpu' } },
    want: { backend: 'nodeclaim-aws', nodeClass: 'EC2NodeClass gpu' },
  },
  {
    name: 'one of a kind that nobody knows, given: as Karpenter’s providers in common have it',
    given: { given: { ...OTHER, name: 'x' } },
    want: { backend: 'nodeclaim-generic', nodeClass: 'ExampleNodeClass x' },
  },
  {
    name: 'the one that is given is not there',
    given: { nodeClasses: [objects(EC2, 'default')], given: { ...EC2, name: 'gpu' } },
    want: {
      backend: 'nodeclaim-aws',
      nodeClass: 'EC2NodeClass gpu',
      problem: /there is no EC2NodeClass\.karpenter\.k8s\.aws\/gpu: create it/,
    },
  },
  {
    name: 'a KaitoNodeClass, given: no object of it is needed, nor its CRD',
    given: { given: { ...KAITO, name: 'default' } },
    want: { backend: 'nodeclaim-azure-gpu-provisioner', nodeClass: 'KaitoNodeClass default' },
  },
  {
    name: 'the only object there is, whatever its name',
    given: { nodeClasses: [objects(AKS, 'gpu'), objects(EC2)] },
    want: { backend: 'nodeclaim-azure', nodeClass: 'AKSNodeClass gpu' },
  },
  {
    name: 'the one that is named default, of several of a kind',
    given: { nodeClasses: [objects(AKS, 'cpu', 'default', 'gpu')] },
    want: { backend: 'nodeclaim-azure', nodeClass: 'AKSNodeClass default' },
  },
  {
    name: 'the one that is named default, of several kinds',
    given: { nodeClasses: [objects(AKS, 'a'), objects(EC2, 'default')] },
    want: { backend: 'nodeclaim-aws', nodeClass: 'EC2NodeClass default' },
  },
  {
    name: 'several, none of them default: says which',
    given: { nodeClasses: [objects(AKS, 'b', 'a')] },
    want: {
      backend: 'nodeclaim-azure',
      problem: /\(AKSNodeClass\.karpenter\.azure\.com\/a, AKSNodeClass\.karpenter\.azure\.com\/b\)/,
    },
  },
  {
    name: 'several of them default',
    given: { nodeClasses: [objects(AKS, 'default'), objects(EC2, 'default')] },
    want: { backend: 'nodeclaim-generic', problem: /several node classes .*--node-class/ },
  },
  {
    name: 'no object, but the CRD of gpu-provisioner',
    given: { nodeClasses: [objects(KAITO)] },
    want: { backend: 'nodeclaim-azure-gpu-provisioner', nodeClass: 'KaitoNodeClass default' },
  },
  {
    name: 'an object wins over the bare CRD of gpu-provisioner',
    given: { nodeClasses: [objects(KAITO), objects(AKS, 'gpu')] },
    want: { backend: 'nodeclaim-azure', nodeClass: 'AKSNodeClass gpu' },
  },
  {
    name: 'two provisioners, neither with an object: nothing is guessed',
    given: { nodeClasses: [objects(KAITO), objects(AKS)] },
    want: { backend: 'nodeclaim-azure', problem: /create one AKSNodeClass named "default"/ },
  },
  {
    name: 'a kind without an object',
    given: { nodeClasses: [objects(EC2)] },
    want: { backend: 'nodeclaim-aws', problem: /create one EC2NodeClass named "default"/ },
  },
  {
    name: 'nothing at all',
    given: {},
    want: { backend: 'nodeclaim-generic', problem: /--node-class KaitoNodeClass\.kaito\.sh\/default/ },
  },
]

describe('the provisioner of a cluster', () => {
  for (const { name, given, want } of CASES) {
    it(name, () => {
      const chosen = chooseBackend({ served: 'nodeclaim', nodeClasses: [], ...given })
      assert.equal(chosen?.backend.name, want.backend)
      const nodeClass = chosen?.nodeClass
      assert.equal(nodeClass && `${nodeClass.kind} ${nodeClass.name}`, want.nodeClass)
      if (want.problem === undefined) assert.equal(chosen?.problem, undefined)
      else assert.match(chosen?.problem ?? '', want.problem)
    })
  }

  it('is undefined where no claims are served, even with a node class', () =>
    assert.equal(
      chooseBackend({ served: 'none', nodeClasses: [], given: { ...AKS, name: 'default' } }),
      undefined,
    ))

  it('is known by these kinds of node class', () =>
    assert.deepEqual(KNOWN_NODE_CLASS_KINDS.map(({ group, resource }) => `${resource}.${group}`).toSorted(), [
      'aksnodeclasses.karpenter.azure.com',
      'ec2nodeclasses.karpenter.k8s.aws',
      'gcenodeclasses.karpenter.k8s.gcp',
      'kaitonodeclasses.kaito.sh',
      'kwoknodeclasses.karpenter.kwok.sh',
    ]))
})
