import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as fc from 'fast-check'
import type { Decision } from '../../src/core/api/decision.ts'
import { renderBadReview, renderDecision, renderStatus } from '../../webhooks/response.ts'
import { parseReview, type Review } from '../../webhooks/review.ts'
import { makeDenied, makePlanned, makeSkipped } from './decisions.ts'
import { makeDeployment, makeReviewText } from './make-review.ts'

const runtime = {
  type: 'NotSupported',
  field: 'metadata.annotations[kaito.sh/runtime]',
  value: 'tgi',
  detail: 'supported values: "vllm", "transformers"',
  code: 'InvalidAnnotation',
} as const
const nodeName = {
  type: 'Forbidden',
  field: 'spec.template.spec.nodeName',
  detail: 'the scheduler chooses the node',
  code: 'NodeNameSet',
} as const

function makeReview(overrides = {}): Review {
  const review = parseReview(makeReviewText(overrides))
  assert.ok(!('bad' in review))
  return review
}

function answer(decision: Decision, review = makeReview()) {
  return JSON.parse(renderDecision(review, decision)) as {
    apiVersion: string
    kind: string
    response: Record<string, unknown>
  }
}

function withKnownPatch(decision: Decision, patch: string): Decision {
  assert.ok(decision.decision === 'Plan')
  const { preset, instanceTypes } = decision.plan
  return { ...decision, ready: { preset, instanceTypes, patchBase64: Buffer.from(patch).toString('base64') } }
}

describe('renderDecision', () => {
  test('a plan is a base64 JSON Patch, with warnings and audit annotations', () => {
    const operations = [{ op: 'add', path: '/metadata/annotations/kaito.sh~1plan', value: 'ü' }] as const
    const { apiVersion, kind, response } = answer(makePlanned(operations, ['phi on A100']))
    assert.deepEqual([apiVersion, kind], ['admission.k8s.io/v1', 'AdmissionReview'])
    const { patch, ...rest } = response
    assert.deepEqual(JSON.parse(Buffer.from(String(patch), 'base64').toString('utf8')), operations)
    assert.deepEqual(rest, {
      uid: makeReview().uid,
      allowed: true,
      patchType: 'JSONPatch',
      warnings: ['kaito.sh: phi on A100'],
      auditAnnotations: {
        decision: 'Plan',
        reasons: 'Planned',
        preset: 'phi-4-mini-instruct',
        'instance-type': 'Standard_NC24ads_A100_v4,Standard_NC6s_v3',
      },
    })
  })

  test('a patch whose text is known already is sent as that', () => {
    const operations = [{ op: 'add', path: '/a', value: 1 }] as const
    const known = '[{"op":"add","path":"/a","value":1 }]'
    const { response } = answer(withKnownPatch(makePlanned(operations), known))
    assert.equal(Buffer.from(String(response['patch']), 'base64').toString(), known)
  })

  test('every text that is sent is ASCII, and says the same', () => {
    const texts = fc.oneof(fc.string(), fc.string({ unit: 'binary' }))
    fc.assert(
      fc.property(texts, text => {
        const denied = makeDenied([{ ...nodeName, detail: text }])
        const sent = [
          renderDecision(makeReview(), denied),
          renderBadReview(text, text),
          renderStatus(500, text, text),
        ]
        for (const one of sent) assert.equal(Buffer.byteLength(one), one.length)
        const { response } = JSON.parse(sent[1] ?? '') as { response: Record<string, unknown> }
        assert.equal(response['uid'], text)
        assert.equal((JSON.parse(sent[2] ?? '') as { message: string }).message, `kaito-native: ${text}`)
      }),
    )
  })

  test('no operations are no patch', () => {
    for (const decision of [makePlanned(), makeSkipped()]) {
      const { response } = answer(decision)
      assert.equal(response['allowed'], true)
      assert.ok(!('patch' in response) && !('patchType' in response) && !('warnings' in response))
    }
  })

  test('a skip may take an older plan back', () => {
    const { response } = answer(makeSkipped([{ op: 'remove', path: '/spec' }]))
    assert.equal(
      Buffer.from(String(response['patch']), 'base64').toString(),
      '[{"op":"remove","path":"/spec"}]',
    )
  })

  test('a refusal lists every mistake as Kubernetes would, and says who refused', () => {
    const { response } = answer(makeDenied([runtime, nodeName]))
    assert.equal(response['allowed'], false)
    assert.deepEqual(response['status'], {
      status: 'Failure',
      code: 422,
      reason: 'Invalid',
      message:
        'kaito-native: Deployment.apps "phi-4-mini" is invalid: ' +
        '[metadata.annotations[kaito.sh/runtime]: Unsupported value: "tgi": supported values: "vllm", "transformers", ' +
        'spec.template.spec.nodeName: Forbidden: the scheduler chooses the node]',
      details: {
        name: 'phi-4-mini',
        group: 'apps',
        kind: 'Deployment',
        causes: [
          {
            reason: 'FieldValueNotSupported',
            field: runtime.field,
            message: 'Unsupported value: "tgi": supported values: "vllm", "transformers"',
          },
          {
            reason: 'FieldValueForbidden',
            field: nodeName.field,
            message: 'Forbidden: the scheduler chooses the node (refused by kaito-native)',
          },
        ],
      },
    })
    assert.deepEqual(response['auditAnnotations'], {
      decision: 'Deny',
      reasons: 'InvalidAnnotation,NodeNameSet',
    })
  })

  test('one mistake needs no brackets', () => {
    const { status } = answer(makeDenied([nodeName])).response as { status: { message: string } }
    assert.match(status.message, /is invalid: spec\.template\.spec\.nodeName: Forbidden/)
  })

  test('what policies have against a workload is in the audit log, whatever follows from it', () => {
    const violation = { ...nodeName, policy: 'team-a', rule: 'presets', enforcement: 'Audit' } as const
    const decision = {
      ...makePlanned(),
      violations: [violation, violation, { ...violation, rule: 'runtimes' }],
    }
    const { auditAnnotations } = answer(decision).response as { auditAnnotations: Record<string, string> }
    assert.equal(auditAnnotations['policy-violations'], 'team-a/presets Audit, team-a/runtimes Audit')
  })

  test('a refusal by policy is 403, named by resource', () => {
    const { status } = answer(makeDenied([nodeName], 403)).response as { status: Record<string, unknown> }
    assert.deepEqual([status['code'], status['reason']], [403, 'Forbidden'])
    assert.match(
      String(status['message']),
      /^kaito-native: deployments\.apps "phi-4-mini" is forbidden: spec/,
    )
  })

  test('an object without a name yet is named by its generateName', () => {
    const object = { ...makeDeployment(), metadata: { generateName: 'phi-' } }
    const { status } = answer(makeDenied([nodeName]), makeReview({ name: '', object })).response as {
      status: { message: string }
    }
    assert.match(status.message, /Deployment\.apps "phi-" is invalid/)
  })
})

test('renderBadReview answers to the UID where there is one', () => {
  for (const uid of ['u1', undefined]) {
    const { response } = JSON.parse(renderBadReview('no kind', uid))
    assert.deepEqual(response, {
      uid: uid ?? '',
      allowed: false,
      status: { status: 'Failure', code: 400, reason: 'BadRequest', message: 'kaito-native: no kind' },
    })
  }
})
