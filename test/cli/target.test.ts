// KIND/NAME as people type it.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { formatTarget, parseTarget, type Target } from '../../src/cli/target.ts'

const ALL = ['Deployment', 'StatefulSet', 'Job', 'CronJob', 'Pod'] as const

describe('parseTarget', () => {
  const accepted: readonly (readonly [text: string, want: Target])[] = [
    ['phi-3.5-mini', { name: 'phi-3.5-mini' }],
    ['deploy/phi', { kind: 'Deployment', name: 'phi' }],
    ['Deployment/phi', { kind: 'Deployment', name: 'phi' }],
    ['deployments.apps/phi', { kind: 'Deployment', name: 'phi' }],
    ['sts/phi', { kind: 'StatefulSet', name: 'phi' }],
    ['job.batch/phi', { kind: 'Job', name: 'phi' }],
    ['cj/phi', { kind: 'CronJob', name: 'phi' }],
    ['po/phi-0', { kind: 'Pod', name: 'phi-0' }],
  ]
  for (const [text, value] of accepted)
    it(text, () => assert.deepEqual(parseTarget(text, ALL, true), { value }))

  for (const text of ['', '/', 'deploy/', '/phi', 'node/phi', 'pod/a/b', 'pod/..', 'Phi', 'a b', 'pod/x?y'])
    it(`not ${JSON.stringify(text)}`, () => assert.ok('expected' in parseTarget(text, ALL, true)))

  it('takes a name alone, and a kind, only where they make sense', () => {
    assert.ok('expected' in parseTarget('phi', ALL, false))
    assert.ok('expected' in parseTarget('pod/phi', ['Job'], true))
  })

  it('is written as kubectl writes it', () => {
    assert.equal(formatTarget({ kind: 'StatefulSet', name: 'phi' }), 'statefulset/phi')
    assert.equal(formatTarget({ name: 'phi' }), 'phi')
  })
})
