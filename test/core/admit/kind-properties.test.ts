// The laws of injection for workloads whose pods are no servers of their own: Jobs, CronJobs, and StatefulSets whose pods
// are one replica. (Deployments and other StatefulSets: create-properties.test.ts, update-properties.test.ts.)
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { uninject } from '../../../src/core/admit/uninject.ts'
import { isObject, stringAt, type Json, type JsonObject } from '../../../src/core/api/json.ts'
import { leavesOf } from '../../../src/core/patch/inventory.ts'
import { locate, valueAt } from '../../../src/core/patch/locate.ts'
import { workloadKindOf } from '../../../src/core/workload/kinds.ts'
import type { WorkloadKind } from '../../../src/core/workload/workload.ts'
import { asPlanned, create, update, validate, type Planned } from './admission.ts'
import { defaulted } from './api-server.ts'
import {
  arbitraryCronJob,
  arbitraryGroup,
  arbitraryJob,
  arbitraryTuningCronJob,
  arbitraryTuningJob,
} from './arbitrary-workload.ts'
import { asObject, at, deepFreeze, leaves, withValueAt, type Step } from './json-tree.ts'
import { assertInsideFootprint, patched } from './patch-oracle.ts'

const RUNS = 100
const GENERATED = {
  Job: arbitraryJob,
  CronJob: arbitraryCronJob,
  'tuning Job': arbitraryTuningJob,
  'tuning CronJob': arbitraryTuningCronJob,
  'group of pods': arbitraryGroup,
}

interface Live {
  readonly kind: WorkloadKind
  readonly given: JsonObject
  readonly planned: Planned
}

function check(workloads: fc.Arbitrary<JsonObject>, law: (live: Live, number: number) => void): void {
  let planned = 0
  fc.assert(
    fc.property(workloads, fc.nat(), (given, number) => {
      const decision = create(deepFreeze(given))
      if (decision.decision !== 'Plan') return
      planned += 1
      law({ kind: kindOf(given), given, planned: decision }, number)
    }),
    { numRuns: RUNS },
  )
  assert.ok(planned > RUNS / 3, `${planned} of ${RUNS} were planned`)
}

function kindOf(object: JsonObject): WorkloadKind {
  const kind = workloadKindOf(object)
  assert.ok(kind !== undefined)
  return kind
}

for (const [name, workloads] of Object.entries(GENERATED)) {
  describe(`a ${name}`, () => {
    it('gets a patch that gives the result, inside the declared footprint', () => {
      check(workloads, ({ given, planned: { operations, result } }) => {
        assert.deepEqual(patched(given, operations), result)
        assertInsideFootprint(given, operations)
      })
    })

    it('is planned idempotently, and undone exactly', () => {
      check(workloads, ({ kind, given, planned: { result, plan } }) => {
        assert.deepEqual(asPlanned(create(result)).result, result)
        assert.deepEqual(asPlanned(update(result, result)).operations, [])
        assert.deepEqual(uninject(kind, result, plan.added).result, given)
        asPlanned(validate(result))
      })
    })

    it('keeps every value of the user', () => {
      check(workloads, ({ given, planned: { result, plan } }) => {
        for (const [path, value] of leaves(given)) {
          if (!mayBeReplaced(path, value, plan.provisioning === 'none'))
            assert.deepEqual(at(result, path), value, path.join('.'))
        }
      })
    })

    it('means the same offline and behind the API server, and is at rest once stored', () => {
      check(workloads, ({ kind, given, planned: { result, plan } }) => {
        const online = asPlanned(create(defaulted(given)))
        assert.equal(online.plan.intent, plan.intent)
        assert.deepEqual(
          valueAt(defaulted(online.result), ['spec']),
          withPlanOf(kind, defaulted(result), online),
        )
        const stored = defaulted(online.result)
        assert.deepEqual(asPlanned(update(stored, stored)).operations, [])
      })
    })

    it('gets back what a merge dropped, and comes out of a bare replace as it was', () => {
      check(workloads, ({ given, planned }, number) => {
        const stored = defaulted(asPlanned(create(defaulted(given))).result)
        const places = [...leavesOf(planned.plan.added)].filter(([, leaf]) => typeof leaf === 'string')
        const dropped = places.filter((_, index) => (number >> (index % 31)) % 2 === 1)
        const object = defaulted(dropped.reduce((one, [path]) => without(one, path), stored))
        for (const arriving of [object, defaulted(given)]) {
          const decision = asPlanned(update(arriving, stored))
          assert.deepEqual(defaulted(decision.result), stored)
          assert.deepEqual(patched(arriving, decision.operations), decision.result)
        }
      })
    })
  })
}

describe('a Job of a CronJob', () => {
  it('arrives complete: its pods are the ones that were planned', () => {
    check(arbitraryCronJob, ({ given }) => {
      const cronJob = defaulted(asPlanned(create(defaulted(given))).result)
      const job = defaulted(jobOf(cronJob))
      const decision = asPlanned(create(job))
      assert.deepEqual(decision.result['spec'], job['spec'])
      assert.ok(decision.operations.length <= 1, JSON.stringify(decision.operations))
      asPlanned(validate(job))
      assert.deepEqual(
        uninject(kindOf(job), decision.result, decision.plan.added).result['spec'],
        withJobDefaults(given),
      )
    })
  })
})

/** What the CronJob controller and `kubectl create job --from` create. */
function jobOf(cronJob: JsonObject): JsonObject {
  const { metadata, spec } = asObject(at(cronJob, ['spec', 'jobTemplate']) ?? {})
  const ofCronJob = asObject(cronJob['metadata'] ?? {})
  const { namespace = 'default' } = ofCronJob
  const name = stringAt(ofCronJob, 'name') ?? ''
  const owner = { apiVersion: 'batch/v1', kind: 'CronJob', name, uid: 'u', controller: true }
  const own = { ...asObject(metadata ?? {}), namespace, name: `${name}-29`, ownerReferences: [owner] }
  return { apiVersion: 'batch/v1', kind: 'Job', metadata: own, spec: spec ?? {} }
}

/** The bare job template as it would be in a Job, but for what the complete one has said to the defaults. */
function withJobDefaults(cronJob: JsonObject): Json {
  const spec = asObject(at(defaulted(cronJob), ['spec', 'jobTemplate', 'spec']) ?? {})
  const job = { apiVersion: 'batch/v1', kind: 'Job', metadata: {}, spec }
  const { backoffLimit, podReplacementPolicy, ...rest } = asObject(defaulted(job)['spec'] ?? {})
  const before = { backoffLimit, podReplacementPolicy }
  const own = Object.entries(before).filter(([key]) => Object.hasOwn(spec, key) || isTheirs(spec, key))
  return { ...rest, ...Object.fromEntries(own) }
}

/** Without injection a Job's own defaults come in, unless ours stood there. */
function isTheirs(spec: JsonObject, key: string): boolean {
  if (key === 'backoffLimit') return Object.hasOwn(spec, 'backoffLimitPerIndex')
  const { restartPolicy } = asObject(at(spec, ['template', 'spec']) ?? {})
  return restartPolicy === 'OnFailure'
}

function without(object: JsonObject, path: readonly string[]): JsonObject {
  const place = locate(object, path)
  return place.kind === 'found' ? asObject(withValueAt(object, place.tokens, undefined)) : object
}

/** The spec with the plan of the other: the inventory names what was replaced, which a file does not spell out. */
function withPlanOf(kind: WorkloadKind, object: JsonObject, { result }: Planned): Json {
  const path = [...kind.metadataAt, 'annotations', 'kaito.sh/plan']
  if (kind.metadataAt[0] !== 'spec') return object['spec'] ?? null
  return asObject(withValueAt(object, path, at(result, path)))['spec'] ?? null
}

const REPLACED_DEFAULTS: Readonly<Record<string, Json>> = {
  backoffLimit: 6,
  podReplacementPolicy: 'TerminatingOrFailed',
  podManagementPolicy: 'OrderedReady',
  restartPolicy: 'Always',
  terminationGracePeriodSeconds: 30,
}

/** What says nothing, defaults that cannot work, and lists that `provisioning: none` merges. */
function mayBeReplaced(path: readonly Step[], value: Json, merges: boolean): boolean {
  const key = path.join('.')
  const empty =
    value === null || value === '' || (typeof value === 'object' && Object.keys(value).length === 0)
  if (REPLACED_DEFAULTS[String(path.at(-1))] === value) return true
  if (key.startsWith('spec.updateStrategy') && (value === 'RollingUpdate' || value === 0)) return true
  if (empty && !/^(spec\.jobTemplate\.)?metadata\.annotations$/.test(key)) return true
  return merges && /nodeSelectorTerms/.test(key) && isObject({ value })
}
