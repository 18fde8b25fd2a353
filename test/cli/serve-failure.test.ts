import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { CommandError } from '../../src/cli/io.ts'
import { explainFailure, isStopping, withKubeconfigErrors } from '../../src/cli/serve-failure.ts'
import { translateResponse } from '../../src/kube/errors.ts'

function readNothing(): never {
  throw new Error('ENOENT: no such file')
}

describe('explainFailure', () => {
  test('the API server’s refusal, in its words', () => {
    const error = explainFailure(
      translateResponse('PATCH /x', { status: 422, body: '{"message":"x is invalid"}' }),
    )
    assert.ok(error instanceof CommandError)
    assert.deepEqual(error.lines, ['the API server refuses: PATCH /x: x is invalid'])
  })

  test('a bug stays a bug', () => {
    const bug = new TypeError('x is not a function')
    assert.equal(explainFailure(bug), bug)
  })
})

test('a kubeconfig that cannot be read is a mistake in one line', () => {
  assert.equal(
    withKubeconfigErrors(() => 1),
    1,
  )
  assert.throws(() => withKubeconfigErrors(readNothing), { lines: ['kubeconfig: ENOENT: no such file'] })
})

test('isStopping tells the end of a wait from an error that came meanwhile', () => {
  const controller = new AbortController()
  const reason = new Error('stop')
  assert.equal(isStopping(reason, controller.signal), false)
  controller.abort(reason)
  assert.equal(isStopping(reason, controller.signal), true)
  assert.equal(isStopping(new Error('aborted', { cause: reason }), controller.signal), true)
  assert.equal(isStopping(new TypeError('a bug'), controller.signal), false)
})
