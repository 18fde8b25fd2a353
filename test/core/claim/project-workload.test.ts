// Raw workloads → what planner, companions and status see. The planned ones are those that mutation really makes
// (test/golden).
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { parseAllDocuments } from 'yaml'
import type { JsonObject } from '../../../src/core/api/json.ts'
import { objectAt } from '../../../src/core/api/json.ts'
import { formatPlan } from '../../../src/core/api/plan-text.ts'
import type { Plan } from '../../../src/core/api/plan.ts'
import { projectFormerWorkload, projectWorkload } from '../../../src/core/claim/project-workload.ts'
import { DEPLOYMENT } from '../../../src/core/workload/deployment.ts'
import { JOB } from '../../../src/core/workload/job.ts'
import type { ObservedWorkload } from '../../../src/core/workload/observed.ts'
import { STATEFUL_SET } from '../../../src/core/workload/stateful-set.ts'
import type { WorkloadKind } from '../../../src/core/workload/workload.ts'
import { makeMetadata } from './make-objects.ts'

/** The first document of a golden output, as the API server would send it back. */
function golden(name: string): JsonObject {
  const text = readFileSync(new URL(`../../golden/${name}/output.yaml`, import.meta.url), 'utf8')
  const object = parseAllDocuments(text)[0]?.toJS() as JsonObject
  const metadata = { ...makeMetadata(name), generation: 3, ...objectAt(object, 'metadata') }
  return { ...object, metadata }
}

function project(kind: WorkloadKind, raw: JsonObject): ObservedWorkload {
  const workload = projectWorkload(kind, raw)
  assert.ok(workload !== undefined)
  return workload
}

function withAnnotations(raw: JsonObject, annotations: JsonObject): JsonObject {
  const metadata = objectAt(raw, 'metadata')
  return {
    ...raw,
    metadata: { ...metadata, annotations: { ...objectAt(metadata, 'annotations'), ...annotations } },
  }
}

const PLAN: Plan = {
  v: 1,
  catalogue: 'c',
  intent: 'i',
  preset: 'phi-4-mini-instruct',
  revision: 'kaito-0.12',
  runtime: 'vllm',
  instanceTypes: ['A'],
  gpusPerPod: 1,
  podsPerNode: 1,
  nodesPerReplica: 1,
  parallelism: { tensor: 1, pipeline: 1, data: 1 },
  provisioning: 'nodeclaim',
  added: {},
}

const PLANNED: JsonObject = {
  'kaito.sh/preset': 'phi-4-mini-instruct',
  'kaito.sh/plan': formatPlan(PLAN),
}

function makeJob(spec: JsonObject = {}, status: JsonObject = {}): JsonObject {
  return { metadata: makeMetadata('j', { annotations: PLANNED }), spec, status }
}

function withConditions(...types: readonly string[]): JsonObject {
  return {
    metadata: makeMetadata('w', { annotations: { 'kaito.sh/preset': 'phi-4-mini-instruct' } }),
    status: { conditions: types.map(type => ({ type, status: 'True' })) },
  }
}

function settingsOf(annotations: Record<string, string>) {
  const job = project(JOB, withAnnotations(makeJob(), annotations))
  return [job.defaultSettings, job.namedSettings]
}

describe('a planned workload', () => {
  it('is the plan, and what of it is wanted', () => {
    const workload = project(DEPLOYMENT, golden('smallest'))
    const { instanceTypes, placement, ...rest } = workload
    assert.equal(instanceTypes[0], 'Standard_NV36ads_A10_v5')
    assert.deepEqual(placement?.instanceTypes, instanceTypes)
    assert.deepEqual(rest, {
      uid: 'uid-smallest',
      namespace: 'default',
      name: 'phi-4-mini',
      resourceVersion: '42',
      createdAtMs: Date.parse('2026-11-22T10:00:00Z'),
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      annotated: true,
      preset: 'phi-4-mini-instruct',
      gpusPerPod: 1,
      nodesPerReplica: 1,
      provisioning: 'nodeclaim',
      isInference: true,
      isTuning: false,
      replicas: 1,
      conditions: [],
      matchLabels: { app: 'phi-4-mini' },
      podLabel: 'deployment-phi-4-mini',
      modelName: 'phi-4-mini-instruct',
      serverPort: 5000,
    })
  })

  it('says how long its nodes stay, and that it wants no Service', () => {
    const workload = project(DEPLOYMENT, golden('gated-with-settings'))
    assert.equal(workload.idleGraceMs, 15 * 60_000)
    assert.equal(workload.service, false)
  })

  it('has said nothing where nobody can read it', () => {
    const unreadable = { 'kaito.sh/idle-grace': 'soon', 'kaito.sh/service': 'perhaps' }
    const workload = project(DEPLOYMENT, withAnnotations(golden('smallest'), unreadable))
    assert.deepEqual([workload.idleGraceMs, workload.service], [undefined, undefined])
  })

  it('runs on existing nodes', () =>
    assert.equal(project(DEPLOYMENT, golden('existing-nodes')).provisioning, 'none'))

  it('may be a StatefulSet', () => {
    const raw = golden('statefulset-on-a-claim')
    const workload = project(STATEFUL_SET, { ...raw, status: { updateRevision: 'llama-2' } })
    assert.equal(workload.serviceName, objectAt(raw, 'spec')['serviceName'])
    assert.equal(workload.updateRevision, 'llama-2')
  })

  it('is managed no longer without its preset', () => {
    const raw = withAnnotations(golden('smallest'), { 'kaito.sh/preset': undefined })
    assert.equal(project(DEPLOYMENT, raw).annotated, false)
  })

  it('is none without a plan that can be read', () => {
    for (const plan of [undefined, '', '{}', 7])
      assert.equal(
        projectWorkload(DEPLOYMENT, withAnnotations(golden('smallest'), { 'kaito.sh/plan': plan })),
        undefined,
      )
  })

  it('is only to be tidied up where it has no plan any more and still has conditions of ours', () => {
    assert.equal(projectFormerWorkload(DEPLOYMENT, withConditions('Available')), undefined)
    const former = projectFormerWorkload(DEPLOYMENT, withConditions('Available', 'kaito.sh/Ready'))
    assert.equal(former?.annotated, false)
    assert.deepEqual(
      former.conditions.map(({ type }) => type),
      ['Available', 'kaito.sh/Ready'],
    )
  })

  it('stays known without conditions, which its controller may have dropped before we looked', () => {
    const template = { metadata: { labels: { app: 'a', 'kaito.sh/workload': 'statefulset-w' } } }
    const raw = { metadata: makeMetadata('w'), spec: { serviceName: 'governing', template } }
    assert.equal(projectFormerWorkload(STATEFUL_SET, raw), undefined)
    const former = projectFormerWorkload(STATEFUL_SET, raw, true)
    assert.deepEqual(
      [former?.annotated, former?.serviceName, former?.podLabel],
      [false, 'governing', 'statefulset-w'],
    )
  })

  it('has the label of its template, whatever its name', () => {
    const raw = golden('smallest')
    const metadata = { ...objectAt(raw, 'metadata'), name: 'phi-4-mini-x7k2p' }
    assert.equal(project(DEPLOYMENT, { ...raw, metadata }).podLabel, 'deployment-phi-4-mini')
  })

  it('wants the replicas that it says', () => {
    const raw = golden('smallest')
    const scaled = { ...raw, spec: { ...objectAt(raw, 'spec'), replicas: 0 } }
    assert.equal(project(DEPLOYMENT, scaled).replicas, 0)
  })

  it('has the conditions of others too', () => {
    const condition = { type: 'Available', status: 'True', reason: 'R', message: 'm' }
    const status = { conditions: [{ ...condition, lastUpdateTime: '2026-11-22T10:00:00Z' }] }
    assert.deepEqual(project(DEPLOYMENT, { ...golden('smallest'), status }).conditions, [condition])
  })
})

function port(containerPort: number, name?: string): JsonObject {
  return name === undefined ? { containerPort } : { containerPort, name }
}

describe('the port of the model server', () => {
  /** A container that the plan has filled in, with or without a server of the preset. */
  const deployment = (ports: readonly JsonObject[], added: Plan['added']): JsonObject => ({
    metadata: makeMetadata('d', {
      annotations: {
        'kaito.sh/plan': formatPlan({
          ...PLAN,
          added: { spec: { template: { spec: { containers: { model: added } } } } },
        }),
      },
    }),
    spec: {
      template: {
        spec: {
          containers: [
            { name: 'proxy', ports: [port(80)] },
            { name: 'model', ports },
          ],
        },
      },
    },
  })
  const ours = { command: 'hash', ports: { '5000': 'hash' } }
  const own = { env: { HF_TOKEN: 'hash' } }
  const cases: readonly [string, readonly JsonObject[], Plan['added'], number][] = [
    ['the preset’s: 5000', [port(5000, 'http')], ours, 5000],
    ['the preset’s, beside an http of the user', [port(8080, 'http'), port(5000, 'kaito-http')], ours, 5000],
    [
      'the preset’s, whose port the user had declared',
      [port(8080, 'http'), port(5000, 'x')],
      { ports: { '5000': 0 } },
      5000,
    ],
    ['the user’s own, named http', [port(9090), port(8080, 'http')], own, 8080],
    ['the user’s own first one', [port(9090), port(8080)], own, 9090],
    ['the user’s own, who declares none', [], own, 5000],
  ]
  for (const [name, ports, added, want] of cases)
    it(name, () => assert.equal(project(DEPLOYMENT, deployment(ports, added)).serverPort, want))

  it('is the user’s in the golden case too', () =>
    assert.equal(project(DEPLOYMENT, golden('own-server')).serverPort, 8080))
})

function ended(type: string): JsonObject {
  return { conditions: [{ type, status: 'True' }] }
}

describe('a planned Job', () => {
  const cases: readonly [string, JsonObject, JsonObject, number][] = [
    ['one pod', {}, {}, 1],
    ['one pod, as the API server spells it out', { parallelism: 1, completions: 1 }, {}, 1],
    ['as many at a time as allowed', { parallelism: 3, completions: 10 }, { succeeded: 2 }, 3],
    ['the last ones', { parallelism: 3, completions: 10 }, { succeeded: 9 }, 1],
    ['none more', { parallelism: 3, completions: 10 }, { succeeded: 10 }, 0],
    ['a work queue’s', { parallelism: 4 }, { active: 4 }, 4],
    [
      'a work queue’s, when the first is done: those that still run',
      { parallelism: 4 },
      { succeeded: 1, active: 2 },
      2,
    ],
    ['none while suspended', { suspend: true, parallelism: 3 }, {}, 0],
    ['none when complete', { parallelism: 3 }, ended('Complete'), 0],
    ['none when failed', { parallelism: 3 }, ended('Failed'), 0],
    ['none when about to fail', { parallelism: 3 }, ended('FailureTarget'), 0],
    [
      'as before with a condition that is not so',
      {},
      { conditions: [{ type: 'Failed', status: 'False' }] },
      1,
    ],
  ]
  for (const [name, spec, status, want] of cases)
    it(`wants ${name}: ${want}`, () => assert.equal(project(JOB, makeJob(spec, status)).replicas, want))

  it('serves no model', () => {
    const job = project(JOB, makeJob())
    assert.deepEqual([job.isInference, job.isTuning, job.apiVersion], [false, false, 'batch/v1'])
  })

  it('tunes with settings of its own, or with those that its user names', () => {
    const method = { 'kaito.sh/tuning-method': 'qlora' }
    assert.deepEqual(settingsOf(method), ['qlora', undefined])
    assert.deepEqual(settingsOf({ ...method, 'kaito.sh/config': 'mine' }), [
      undefined,
      { method: 'qlora', configMap: 'mine' },
    ])
    assert.deepEqual(settingsOf({ 'kaito.sh/config': 'mine' }), [undefined, undefined])
  })

  it('tunes where it says how', () =>
    assert.equal(
      project(JOB, withAnnotations(makeJob(), { 'kaito.sh/tuning-method': 'qlora' })).isTuning,
      true,
    ))
})
