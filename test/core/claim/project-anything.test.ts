// Whatever JSON comes in the place of an object: projections answer, and never with half an object.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import type { Json, JsonObject } from '../../../src/core/api/json.ts'
import { formatPlan } from '../../../src/core/api/plan-text.ts'
import { projectClaim, projectClaimEvent } from '../../../src/core/claim/project-claim.ts'
import { projectNode } from '../../../src/core/claim/project-node.ts'
import { projectPod } from '../../../src/core/claim/project-pod.ts'
import { projectReplicaSet, projectService } from '../../../src/core/claim/project-related.ts'
import { projectWorkload } from '../../../src/core/claim/project-workload.ts'
import { DEPLOYMENT } from '../../../src/core/workload/deployment.ts'
import { JOB } from '../../../src/core/workload/job.ts'
import { STATEFUL_SET } from '../../../src/core/workload/stateful-set.ts'

const PLAN = formatPlan({
  v: 1,
  catalogue: 'c',
  intent: 'i',
  preset: 'p',
  revision: 'kaito-0.12',
  runtime: 'vllm',
  instanceTypes: ['A'],
  gpusPerPod: 1,
  podsPerNode: 1,
  nodesPerReplica: 1,
  parallelism: { tensor: 1, pipeline: 1, data: 1 },
  provisioning: 'nodeclaim',
  added: {},
})

const PROJECTIONS: Readonly<Record<string, (raw: JsonObject) => unknown>> = {
  projectPod,
  projectNode,
  projectClaim,
  projectClaimEvent,
  projectReplicaSet,
  projectService,
  'projectWorkload of a Deployment': raw => projectWorkload(DEPLOYMENT, raw),
  'projectWorkload of a StatefulSet': raw => projectWorkload(STATEFUL_SET, raw),
  'projectWorkload of a Job': raw => projectWorkload(JOB, raw),
}

/** The keys that are read somewhere, with anything under them, so that odd values get deep inside. */
const KEYS = [
  'metadata spec status annotations labels template selector matchLabels ownerReferences controller containers',
  'initContainers resources requests ports containerStatuses state running startedAt conditions type overhead',
  'lastTransitionTime tolerations affinity nodeAffinity taints schedulingGates nodeSelector requirements values key',
  'operator allocatable involvedObject uid kind __proto__ kaito.sh/placement kaito.sh/claim replicas completions',
  'creationTimestamp nodeName',
].flatMap(line => line.split(' '))

const { json: arbitraryJson } = fc.letrec<{ json: Json }>(tie => ({
  json: fc.oneof(
    { maxDepth: 6, withCrossShrink: true },
    fc.constantFrom<Json>(
      null,
      true,
      '',
      'text',
      '1Gi',
      'True',
      '2026-11-22T10:00:00Z',
      0,
      -1,
      1.5,
      PLAN,
      '{',
    ),
    fc.array(tie('json'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...KEYS), tie('json'), { maxKeys: 8 }),
  ),
}))
const arbitraryObject = fc.dictionary(fc.constantFrom(...KEYS), arbitraryJson, { maxKeys: 8 })

/** With an identity and our marks, so that the whole of each projection is reached. */
const arbitraryMarked = fc
  .tuple(arbitraryObject, arbitraryObject, arbitraryJson)
  .map(([raw, metadata, placement]) => marked(raw, metadata, placement))

function marked(raw: JsonObject, metadata: JsonObject, placement: Json): JsonObject {
  return {
    ...raw,
    metadata: {
      ...metadata,
      uid: 'u',
      name: 'n',
      resourceVersion: '1',
      labels: { 'kaito.sh/claim': 'c' },
      annotations: { 'kaito.sh/plan': PLAN, 'kaito.sh/placement': JSON.stringify(placement) },
    },
  }
}

describe('projections of odd JSON', () => {
  for (const [name, project] of Object.entries(PROJECTIONS)) {
    it(`${name} never throws`, () =>
      fc.assert(
        fc.property(arbitraryObject, raw => void project(raw)),
        { numRuns: 300 },
      ))

    it(`${name} leaves nothing undefined but what may be`, () =>
      fc.assert(
        fc.property(arbitraryMarked, raw => {
          const projected = project(raw)
          if (typeof projected !== 'object' || projected === null) return
          const absent = Object.entries(projected).filter(([, value]) => value === undefined)
          assert.deepEqual(
            absent.filter(([key]) => key !== 'placement'),
            [],
          )
          JSON.stringify(projected, (key, value: unknown) => {
            assert.ok(!Number.isNaN(value), key)
            return value
          })
        }),
        { numRuns: 300 },
      ))
  }
})
