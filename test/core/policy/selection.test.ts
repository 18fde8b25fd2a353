// Which policies apply to a namespace, and whose mirror counts.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { JsonObject } from '../../../src/core/api/json.ts'
import { mirrorsOf, NO_POLICIES, selectPolicies } from '../../../src/core/policy/namespace-policies.ts'
import { makePolicy } from './make-policy.ts'
import { parsed } from './policies.ts'

function selects(
  namespaceSelector: JsonObject | undefined,
  labels: Readonly<Record<string, string>>,
): boolean {
  const policy = parsed(makePolicy(namespaceSelector === undefined ? {} : { namespaceSelector }))
  return selectPolicies([policy], labels).policies.length === 1
}

function expression(operator: string, values?: readonly string[]): JsonObject {
  return {
    matchExpressions: [{ key: 'team', operator, ...(values === undefined ? {} : { values: [...values] }) }],
  }
}

describe('selection of policies', () => {
  const table: readonly (readonly [JsonObject | undefined, Readonly<Record<string, string>>, boolean])[] = [
    [undefined, {}, true],
    [{}, {}, true],
    [{ matchLabels: { team: 'a' } }, { team: 'a', x: 'y' }, true],
    [{ matchLabels: { team: 'a' } }, { team: 'b' }, false],
    [{ matchLabels: { team: 'a' } }, {}, false],
    [{ matchLabels: { team: '' } }, { team: '' }, true],
    [expression('In', ['a', 'b']), { team: 'b' }, true],
    [expression('In', ['a']), {}, false],
    [expression('NotIn', ['a']), { team: 'b' }, true],
    [expression('NotIn', ['a']), {}, true],
    [expression('NotIn', ['a']), { team: 'a' }, false],
    [expression('Exists'), { team: '' }, true],
    [expression('Exists'), {}, false],
    [expression('DoesNotExist'), {}, true],
    [expression('DoesNotExist'), { team: 'a' }, false],
    [{ matchLabels: { team: 'a' }, ...expression('NotIn', ['a']) }, { team: 'a' }, false],
  ]
  for (const [selector, labels, want] of table)
    it(`${JSON.stringify(selector)} ${want ? 'selects' : 'does not select'} ${JSON.stringify(labels)}`, () => {
      assert.equal(selects(selector, labels), want)
    })

  it('a label of a name that objects inherit is not there', () => {
    assert.equal(selects({ matchExpressions: [{ key: 'constructor', operator: 'Exists' }] }, {}), false)
  })

  it('comes in the order of names, and none is always the same object', () => {
    const policies = ['b', 'a'].map(name => parsed(makePolicy({}, name)))
    assert.deepEqual(
      selectPolicies(policies, {}).policies.map(({ name }) => name),
      ['a', 'b'],
    )
    assert.equal(selectPolicies([], {}), NO_POLICIES)
  })

  it('of two mirrors for one registry the first policy counts', () => {
    const policies = [
      parsed(makePolicy({ mirrors: [{ from: 'docker.io', to: 'b.local' }] }, 'b')),
      parsed(makePolicy({ mirrors: [{ from: 'docker.io', to: 'a.local' }] }, 'a')),
    ]
    assert.deepEqual(mirrorsOf(selectPolicies(policies, {})), [{ from: 'docker.io', to: 'a.local' }])
  })
})
