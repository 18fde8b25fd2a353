import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { describe, test } from 'node:test'
import { isObject, listAt, objectAt, stringAt, type JsonObject } from '../../src/core/api/json.ts'
import { WORKLOAD_KINDS } from '../../src/core/workload/kinds.ts'
import { admissionPolicy, admissionPolicyBinding } from '../../webhooks/admission-policy.ts'
import {
  guardConfiguration,
  mutatingWebhookConfiguration,
  validatingWebhookConfiguration,
} from '../../webhooks/configuration.ts'
import { FAILURE_POLICIES } from '../../webhooks/handler.ts'

const byService = { namespace: 'kaito-system', caCertificate: 'PEM' }
const byUrl = { ...byService, url: 'https://127.0.0.1:9443' }

function onlyWebhook(configuration: JsonObject): JsonObject {
  const [webhook, ...others] = listAt(configuration, 'webhooks')
  assert.ok(isObject(webhook))
  assert.deepEqual(others, [])
  return webhook
}

const mutating = onlyWebhook(mutatingWebhookConfiguration(byService))
const validating = onlyWebhook(validatingWebhookConfiguration(byService))

describe('the webhook configurations', () => {
  test('fail as the header of the handler says', async () => {
    const [header = ''] = (
      await readFile(new URL('../../webhooks/handler.ts', import.meta.url), 'utf8')
    ).split('\nimport')
    for (const [name, webhook] of [['mutate', mutating] as const, ['validate', validating] as const]) {
      const said = new RegExp(`^// +${name} +(Ignore|Fail) `, 'm').exec(header)?.[1]
      assert.equal(webhook['failurePolicy'], said)
      assert.equal(FAILURE_POLICIES[name], said)
    }
  })

  test('are reached by Service, or by URL', () => {
    const caBundle = Buffer.from('PEM').toString('base64')
    const service = { name: 'kaito-native', namespace: 'kaito-system', port: 443 }
    assert.deepEqual(mutating['clientConfig'], { service: { ...service, path: '/mutate' }, caBundle })
    assert.deepEqual(validating['clientConfig'], { service: { ...service, path: '/validate' }, caBundle })
    const { clientConfig } = onlyWebhook(validatingWebhookConfiguration(byUrl))
    assert.deepEqual(clientConfig, { url: 'https://127.0.0.1:9443/validate', caBundle })
  })

  test('have the names and promises that users rely on', () => {
    for (const [name, webhook] of [
      ['mutate.kaito.sh', mutating] as const,
      ['validate.kaito.sh', validating] as const,
    ]) {
      const { sideEffects, timeoutSeconds, matchPolicy, admissionReviewVersions } = webhook
      assert.equal(webhook['name'], name)
      assert.deepEqual(
        [sideEffects, timeoutSeconds, matchPolicy, admissionReviewVersions],
        ['None', 3, 'Equivalent', ['v1']],
      )
    }
    assert.equal(mutating['reinvocationPolicy'], 'IfNeeded')
    assert.ok(!('reinvocationPolicy' in validating))
  })

  test('ask about writes of every kind of the registry, and about nothing else', () => {
    const writes = { operations: ['CREATE', 'UPDATE'], scope: 'Namespaced' }
    const rules = [
      { apiGroups: ['apps'], apiVersions: ['v1'], resources: ['deployments', 'statefulsets'], ...writes },
      { apiGroups: ['batch'], apiVersions: ['v1'], resources: ['jobs', 'cronjobs'], ...writes },
    ]
    assert.deepEqual(mutating['rules'], rules)
    assert.deepEqual(validating['rules'], rules)
    assert.equal(rules.flatMap(rule => rule.resources).length, WORKLOAD_KINDS.length)
  })

  test('leave kube-system and their own namespace alone', () => {
    const matchExpressions = [
      { key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: ['kube-system', 'kaito-system'] },
    ]
    for (const webhook of [mutating, validating])
      assert.deepEqual(webhook['namespaceSelector'], { matchExpressions })
    const own = onlyWebhook(mutatingWebhookConfiguration({ ...byService, namespace: 'kube-system' }))
    assert.deepEqual(own['namespaceSelector'], {
      matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: ['kube-system'] }],
    })
  })
})

describe('the registration that only refuses while we are down', () => {
  const configuration = guardConfiguration(byService)
  const guard = onlyWebhook(configuration)

  test('fails closed, soon, and names kaito-native in what the API server says', () => {
    assert.equal(guard['failurePolicy'], 'Fail')
    assert.equal(guard['timeoutSeconds'], 1)
    assert.match(stringAt(guard, 'name') ?? '', /kaito-native/)
  })

  test('sorts behind the one that fills in the image, asks the same handler, and about the same writes', () => {
    const [other, own] = [mutatingWebhookConfiguration(byService), configuration].map(
      object => stringAt(objectAt(object, 'metadata'), 'name') ?? '',
    )
    assert.ok(other !== undefined && own !== undefined && own > other)
    for (const field of ['clientConfig', 'rules', 'namespaceSelector', 'sideEffects']) {
      assert.deepEqual(guard[field], mutating[field])
    }
  })

  test('never holds up a deletion, nor what is not annotated', () => {
    const names = listAt(guard, 'matchConditions').map(condition => isObject(condition) && condition['name'])
    assert.deepEqual(names, ['not-being-deleted', 'annotated', 'not-an-earlier-job', 'needs-kaito-native'])
  })
})

describe('the admission policy', () => {
  test('is bound to deny, for the same writes', () => {
    const { spec } = admissionPolicy(byService) as {
      spec: { matchConstraints: JsonObject; failurePolicy: string }
    }
    assert.equal(spec.failurePolicy, 'Fail')
    assert.deepEqual(spec.matchConstraints['resourceRules'], mutating['rules'])
    assert.deepEqual(spec.matchConstraints['namespaceSelector'], mutating['namespaceSelector'])
    assert.deepEqual(admissionPolicyBinding()['spec'], {
      policyName: 'kaito-native',
      validationActions: ['Deny'],
    })
  })

  test('says who is missing and what to do', () => {
    for (const registration of [byService, byUrl]) {
      const { spec } = admissionPolicy(registration) as { spec: { validations: { message: string }[] } }
      const message = spec.validations[0]?.message ?? ''
      assert.match(message, /^kaito-native did not complete this workload: /)
      assert.match(
        message,
        registration === byUrl
          ? /https:\/\/127\.0\.0\.1:9443/
          : /kubectl -n kaito-system .*deployment\/kaito-native/,
      )
    }
  })
})
