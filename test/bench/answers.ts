// Is an answer right? The load generator has seen that all of a round are the same bytes; here one of them is read.
import assert from 'node:assert/strict'
import jsonpatch from 'jsonpatch'
import { isObject, listAt, objectAt, stringAt, type Json, type JsonObject } from '../../src/core/api/json.ts'
import { objectAtPath } from '../../src/core/workload/workload.ts'
import { REVIEW_UID, reviewedObject } from './review.ts'

/** The patch of an answer that allows the request, base64. Throws for any other answer. */
export function patchOf(answer: string): string {
  const response = objectAt(JSON.parse(answer) as JsonObject, 'response')
  assert.equal(response['uid'], REVIEW_UID)
  assert.equal(response['allowed'], true)
  assert.equal(response['patchType'], 'JSONPatch')
  return stringAt(response, 'patch') ?? ''
}

/** Throws unless the answer's patch injects the workload, and leaves alone what is the user's. */
export function checkAnswer(answer: string): void {
  const operations = JSON.parse(Buffer.from(patchOf(answer), 'base64').toString()) as Json[]
  const before = reviewedObject()
  const after = jsonpatch.apply_patch(before, operations)
  const [model, proxy] = containersOf(after)
  const [usersModel, usersProxy] = containersOf(before)
  assert.match(stringAt(model, 'image') ?? '', /\/kaito-base:/)
  assert.equal(objectAt(objectAt(model, 'resources'), 'limits')['nvidia.com/gpu'], '1')
  const plan = stringAt(objectAtPath(after, ['metadata', 'annotations']), 'kaito.sh/plan')
  assert.match(plan ?? '', /"preset":"phi-4-mini-instruct"/)
  assert.deepEqual(
    objectAt(after, 'metadata')['managedFields'],
    objectAt(before, 'metadata')['managedFields'],
  )
  assert.deepEqual(model?.['args'], usersModel?.['args'])
  assert.deepEqual(proxy, usersProxy)
}

function containersOf(object: JsonObject): JsonObject[] {
  return listAt(objectAtPath(object, ['spec', 'template', 'spec']), 'containers').filter(isObject)
}
