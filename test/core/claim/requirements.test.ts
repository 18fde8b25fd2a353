// What a pod demands of its node, as requirements of a claim, or why no claim can be asked for it.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { capacityScope, claimRequirements } from '../../../src/core/claim/requirements.ts'

const ZONE = 'topology.kubernetes.io/zone'
const CAPACITY = 'karpenter.sh/capacity-type'
const ARCH = 'kubernetes.io/arch'
const OS = 'kubernetes.io/os'
const TYPE = 'node.kubernetes.io/instance-type'

const requirement = (key: string, operator: string, ...values: string[]) => ({ key, operator, values })
const term = (...matchExpressions: ReturnType<typeof requirement>[]) => ({ matchExpressions })
const claimable = (
  nodeSelector: Readonly<Record<string, string>>,
  affinityTerms: Parameters<typeof claimRequirements>[0]['affinityTerms'] = [],
) => claimRequirements({ nodeSelector, affinityTerms }, [{ name: 'A', arch: 'amd64' }, { name: 'B' }])

describe('claimRequirements', () => {
  const possible = [
    ['nothing', claimable({}), [], ['A', 'B']],
    [
      'zone and spot of the node selector',
      claimable({ [ZONE]: 'z1', [CAPACITY]: 'spot' }),
      [requirement(ZONE, 'In', 'z1'), requirement(CAPACITY, 'In', 'spot')],
      ['A', 'B'],
    ],
    [
      'lists of one key are intersected',
      claimable({ [ZONE]: 'z1' }, [term(requirement(ZONE, 'In', 'z1', 'z2'))]),
      [requirement(ZONE, 'In', 'z1')],
      ['A', 'B'],
    ],
    [
      'other operators stay',
      claimable({}, [term(requirement('x', 'NotIn', 'a'), requirement('y', 'Gt', '3'))]),
      [requirement('x', 'NotIn', 'a'), requirement('y', 'Gt', '3')],
      ['A', 'B'],
    ],
    [
      'the first term that a claim can express',
      claimable({}, [
        { matchFields: [requirement('metadata.name', 'In', 'n1')] },
        term(requirement('kubernetes.io/hostname', 'In', 'n1')),
        term(requirement(ZONE, 'In', 'z2')),
        term(requirement(ZONE, 'In', 'z3')),
      ]),
      [requirement(ZONE, 'In', 'z2')],
      ['A', 'B'],
    ],
    ['the instance type narrows the list', claimable({ [TYPE]: 'b' }), [], ['B']],
    ['NotIn too', claimable({}, [term(requirement(TYPE, 'NotIn', 'B'))]), [], ['A']],
    [
      'the architecture narrows the list where it is known',
      claimable({ [ARCH]: 'arm64' }),
      [requirement(ARCH, 'In', 'arm64')],
      ['B'],
    ],
    [
      'and a term about another system is passed over',
      claimable({}, [term(requirement(OS, 'In', 'windows')), term(requirement(OS, 'NotIn', 'windows'))]),
      [requirement(OS, 'NotIn', 'windows')],
      ['A', 'B'],
    ],
    [
      'a type term that leaves nothing is passed over',
      claimable({}, [term(requirement(TYPE, 'In', 'C')), term(requirement(TYPE, 'In', 'A'))]),
      [],
      ['A'],
    ],
  ] as const
  for (const [name, found, requirements, instanceTypes] of possible)
    it(name, () => assert.deepEqual(found, { ok: true, requirements, instanceTypes }))

  const impossible = [
    ['a node by its name', claimable({ 'kubernetes.io/hostname': 'n1' }), /one certain node/],
    ['a claim by its name', claimable({ 'kaito.sh/claim': 'kn1' }), /one certain node/],
    [
      'a key that Karpenter refuses',
      claimable({ 'karpenter.sh/initialized': 'true' }),
      /karpenter\.sh\/initialized/,
    ],
    ['a contradiction', claimable({ [ZONE]: 'z1' }, [term(requirement(ZONE, 'In', 'z2'))]), /contradict/],
    ['no planned instance type', claimable({ [TYPE]: 'C' }), /none of A, B/],
    [
      'an architecture that no planned type has',
      claimable({ [TYPE]: 'A', [ARCH]: 'arm64' }),
      /leave none of B/,
    ],
    [
      'another operating system',
      claimable({ [OS]: 'windows' }),
      /wants kubernetes\.io\/os In windows, and its plan has A \(linux, amd64\), B \(linux, any architecture\)/,
    ],
    ['an empty term', claimable({}, [{}]), /empty/],
  ] as const
  for (const [name, found, message] of impossible)
    it(`impossible: ${name}`, () => {
      assert.equal(found.ok, false)
      assert.match(found.message, message)
    })
})

describe('capacityScope', () => {
  it('is zone and capacity type in one order, and nothing else', () => {
    const zone = requirement(ZONE, 'In', 'z2', 'z1')
    const spot = requirement(CAPACITY, 'In', 'spot')
    assert.equal(capacityScope([requirement('x', 'In', 'a')]), '')
    assert.equal(capacityScope([zone, spot]), capacityScope([spot, { ...zone, values: ['z1', 'z2'] }]))
    assert.notEqual(capacityScope([zone]), capacityScope([spot]))
  })
})
