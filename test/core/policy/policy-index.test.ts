import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { JsonObject } from '../../../src/core/api/json.ts'
import { NO_POLICIES } from '../../../src/core/policy/namespace-policies.ts'
import { projectPolicy } from '../../../src/core/policy/observed-policy.ts'
import { createPolicyIndex } from '../../../src/core/policy/policy-index.ts'
import { makePolicy } from './make-policy.ts'

const FOR_TEAM_A = { namespaceSelector: { matchLabels: { team: 'a' } } }

function observed(name: string, spec: JsonObject = {}) {
  const found = projectPolicy({
    ...makePolicy(spec),
    metadata: { name, uid: `uid-${name}`, resourceVersion: '1' },
  })
  assert.ok(found !== undefined)
  return found
}

const policy = (name: string, spec: JsonObject = {}) => observed(name, spec).policy

function namesIn(index: ReturnType<typeof createPolicyIndex>, namespace: string): string[] | undefined {
  return index.policiesOf(namespace)?.policies.map(({ name }) => name)
}

describe('createPolicyIndex', () => {
  it('has no policies anywhere at first', () => {
    assert.equal(createPolicyIndex().policiesOf('unheard-of'), NO_POLICIES)
  })

  it('answers for a namespace that it does not know only where labels do not matter', () => {
    const index = createPolicyIndex()
    index.setPolicy('1', policy('everywhere'))
    assert.deepEqual(namesIn(index, 'new'), ['everywhere'])
    index.setPolicy('2', policy('team-a', FOR_TEAM_A))
    assert.equal(index.policiesOf('new'), undefined)
    index.setNamespace('new', { team: 'a' })
    assert.deepEqual(namesIn(index, 'new'), ['everywhere', 'team-a'])
    index.setNamespace('new', undefined)
    assert.equal(index.policiesOf('new'), undefined)
  })

  it('follows labels and policies, in the order of names', () => {
    const index = createPolicyIndex()
    index.setNamespace('a', { team: 'a' })
    index.setNamespace('b', {})
    index.setPolicy('2', policy('z'))
    index.setPolicy('1', policy('team-a', FOR_TEAM_A))
    assert.deepEqual([namesIn(index, 'a'), namesIn(index, 'b')], [['team-a', 'z'], ['z']])
    index.setNamespace('b', { team: 'a' })
    index.setPolicy('2', undefined)
    assert.deepEqual([namesIn(index, 'a'), namesIn(index, 'b')], [['team-a'], ['team-a']])
    assert.deepEqual(index.namespacesOf(policy('team-a', FOR_TEAM_A)), ['a', 'b'])
  })

  it('answers with the same object as long as nothing changes for the namespace', () => {
    const index = createPolicyIndex()
    index.setNamespace('a', { team: 'a' })
    index.setNamespace('b', {})
    index.setPolicy('1', policy('team-a', FOR_TEAM_A))
    index.setPolicy('2', policy('everywhere'))
    const [a, b] = [index.policiesOf('a'), index.policiesOf('b')]
    index.setNamespace('a', { team: 'a', other: 'label' })
    index.setPolicy('2', policy('everywhere'))
    assert.equal(index.policiesOf('a'), a)
    index.setPolicy('1', policy('team-a', { ...FOR_TEAM_A, message: 'changed' }))
    assert.notEqual(index.policiesOf('a'), a)
    assert.notEqual(index.policiesOf('a')?.key, a?.key)
    assert.equal(index.policiesOf('b'), b)
  })
})

describe('a policy in the cluster that cannot be read', () => {
  const unread = { ...FOR_TEAM_A, limits: { gpus: 'many' } }

  it('denies every preset where it would apply, and says why', () => {
    const { policy: denying, mistakes } = observed('broken', unread)
    assert.equal(denying.enforcement, 'Deny')
    assert.deepEqual(denying.presets, { allow: [], deny: [] })
    assert.deepEqual(denying.namespaceSelector, [{ key: 'team', operator: 'In', values: ['a'] }])
    assert.match(denying.message ?? '', /spec\.limits\.gpus: Invalid value: "many": must be a whole number/)
    assert.deepEqual(
      mistakes.map(({ field }) => field),
      ['spec.limits.gpus'],
    )
  })

  it('denies everywhere where not even its selector can be read', () => {
    const { policy: denying } = observed('broken', { namespaceSelector: { matchLabels: 'team=a' } })
    assert.equal(denying.namespaceSelector, undefined)
  })
})
