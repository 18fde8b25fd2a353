import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { WORKLOAD_KINDS, workloadKindOf } from '../../../src/core/workload/kinds.ts'
import { annotationsOf, annotationsPath, objectAtPath } from '../../../src/core/workload/workload.ts'

describe('the kinds', () => {
  const table = [
    ['apps/v1', 'Deployment', 'deployments', 'metadata.annotations', 'spec.template'],
    ['apps/v1', 'StatefulSet', 'statefulsets', 'metadata.annotations', 'spec.template'],
    ['batch/v1', 'Job', 'jobs', 'metadata.annotations', 'spec.template'],
    [
      'batch/v1',
      'CronJob',
      'cronjobs',
      'spec.jobTemplate.metadata.annotations',
      'spec.jobTemplate.spec.template',
    ],
  ] as const

  it('are these', () =>
    assert.deepEqual(
      WORKLOAD_KINDS.map(({ kind }) => kind),
      table.map(row => row[1]),
    ))

  for (const [apiVersion, kind, resource, annotations, template] of table) {
    it(`${kind} stands where the API has it`, () => {
      const found = workloadKindOf({ apiVersion, kind })
      assert.ok(found !== undefined)
      assert.deepEqual(
        [found.resource, annotationsPath(found), found.templateAt.join('.')],
        [resource, annotations, template],
      )
    })
  }

  for (const [apiVersion, kind] of [
    ['apps/v1beta1', 'Deployment'],
    ['batch/v1', 'Deployment'],
    ['apps/v1', 'ReplicaSet'],
    [undefined, undefined],
    [{}, []],
  ])
    it(`are not ${JSON.stringify([apiVersion, kind])}`, () =>
      assert.equal(workloadKindOf({ apiVersion, kind }), undefined))

  const behaviours = {
    rollsOut: ['Deployment'],
    hasOrdinals: ['StatefulSet'],
    runsToCompletion: ['Job', 'CronJob'],
    hasFixedTemplate: ['Job'],
  } as const
  for (const [behaviour, kinds] of Object.entries(behaviours))
    it(`${behaviour}: ${kinds.join(', ')}`, () =>
      assert.deepEqual(
        WORKLOAD_KINDS.filter(kind => kind[behaviour as keyof typeof behaviours]).map(({ kind }) => kind),
        kinds,
      ))

  it('have their pod template in the spec that they name', () => {
    for (const { specAt, templateAt } of WORKLOAD_KINDS) assert.deepEqual(templateAt, [...specAt, 'template'])
  })
})

describe('objectAtPath', () => {
  it('walks objects and stops at anything else', () => {
    assert.deepEqual(objectAtPath({ a: { b: { c: 1 } } }, ['a', 'b']), { c: 1 })
    assert.deepEqual(objectAtPath({ a: [1] }, ['a', 'b']), {})
    assert.deepEqual(objectAtPath({}, ['constructor', 'prototype']), {})
  })
})

describe('annotationsOf', () => {
  it('is empty where there are none', () => {
    const [deployment] = WORKLOAD_KINDS
    assert.ok(deployment !== undefined)
    for (const metadata of [undefined, null, {}, { annotations: null }, { annotations: [] }])
      assert.deepEqual(annotationsOf(deployment, { metadata }), {})
  })
})
