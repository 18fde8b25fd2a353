// Is an answer right? The load generator has seen that all to one body are as long; here the first and the last are read.
import assert from 'node:assert/strict'
import jsonpatch from 'jsonpatch'
import { isObject, listAt, objectAt, stringAt, type Json, type JsonObject } from '../../src/core/api/json.ts'
import { objectAtPath } from '../../src/core/workload/workload.ts'
import { bodyOf } from './fleet.ts'
import type { Exchanged } from './load-request.ts'
import { REVIEW_UID, type Shape } from './review.ts'

/** The patch of an answer that allows the request, base64. Throws for any other answer. */
export function patchOf(answer: string): string {
  const response = objectAt(JSON.parse(answer) as JsonObject, 'response')
  assert.equal(response['uid'], REVIEW_UID)
  assert.equal(response['allowed'], true)
  assert.equal(response['patchType'], 'JSONPatch')
  return stringAt(response, 'patch') ?? ''
}

/** Throws unless the answer's patch injects this very workload, and leaves alone what is the user's. */
export function checkAnswer(shape: Shape, { name, config, answer }: Exchanged): void {
  const operations = JSON.parse(Buffer.from(patchOf(answer), 'base64').toString()) as Json[]
  const review = JSON.parse(bodyOf(shape, name, config)) as JsonObject
  const before = objectAtPath(review, ['request', 'object'])
  const after = jsonpatch.apply_patch(before, operations)
  const [model, ...others] = containersOf(after)
  const [usersModel, ...users] = containersOf(before)
  assert.match(stringAt(model, 'image') ?? '', /\/kaito-base:/)
  assert.match(objectAtPath(model ?? {}, ['resources', 'limits'])['nvidia.com/gpu'] as string, /^[1-8]$/)
  checkPlan(shape, after)
  const pods = objectAtPath(after, ['spec', 'template'])
  assert.equal(objectAtPath(pods, ['metadata', 'labels'])['kaito.sh/workload'], `deployment-chat-${name}`)
  const volumes = listAt(objectAt(pods, 'spec'), 'volumes').filter(isObject)
  const configMaps = volumes.map(volume => objectAt(volume, 'configMap')['name'])
  assert.ok(configMaps.includes(`settings-${config}`))
  assert.deepEqual(
    objectAt(after, 'metadata')['managedFields'],
    objectAt(before, 'metadata')['managedFields'],
  )
  assert.deepEqual(model?.['args'], usersModel?.['args'])
  assert.deepEqual(others, users)
}

function checkPlan({ preset, instanceType }: Shape, object: JsonObject): void {
  const text = stringAt(objectAtPath(object, ['metadata', 'annotations']), 'kaito.sh/plan')
  const plan = JSON.parse(text ?? '{}') as JsonObject
  assert.equal(plan['preset'], preset)
  if (instanceType !== undefined) assert.deepEqual(plan['instanceTypes'], [instanceType])
}

function containersOf(object: JsonObject): JsonObject[] {
  return listAt(objectAtPath(object, ['spec', 'template', 'spec']), 'containers').filter(isObject)
}
