import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as fc from 'fast-check'
import { environmentName, parseServeConfig, SERVE_FLAGS, type ServeConfig } from '../src/config.ts'

const DEFAULTS: ServeConfig = {
  kubeconfig: undefined,
  webhookUrl: undefined,
  webhookPort: 9443,
  healthPort: 8081,
  bindAddress: undefined,
  namespace: 'kaito-system',
  idleGraceMs: 300_000,
  launchBudgetMs: 1_200_000,
  leaderLeaseDurationMs: 15_000,
  nodeClass: undefined,
  cloud: undefined,
  controller: true,
  webhook: true,
  logLevel: 'info',
}

function parse(given: Record<string, string>, environment: Record<string, string> = {}): ServeConfig {
  const result = parseServeConfig(given, environment)
  assert.ok(result.ok, JSON.stringify(result))
  return result.config
}

function errorsOf(
  given: Record<string, string>,
  environment: Record<string, string> = {},
): readonly string[] {
  const result = parseServeConfig(given, environment)
  return result.ok ? [] : result.errors
}

describe('parseServeConfig', () => {
  test('nothing given: the documented defaults, frozen', () => {
    const config = parse({})
    assert.deepEqual(config, DEFAULTS)
    assert.ok(Object.isFrozen(config))
  })

  const table: readonly { given: Record<string, string>; want: Partial<ServeConfig> }[] = [
    { given: { '--kubeconfig': '/a/b' }, want: { kubeconfig: '/a/b' } },
    {
      given: { '--webhook-port': '0', '--health-port': '65535' },
      want: { webhookPort: 0, healthPort: 65_535 },
    },
    {
      given: { '--idle-grace': '1h30m', '--launch-budget': '90s' },
      want: { idleGraceMs: 5_400_000, launchBudgetMs: 90_000 },
    },
    { given: { '--leader-lease-duration': '1m' }, want: { leaderLeaseDurationMs: 60_000 } },
    {
      given: { '--node-class': 'AKSNodeClass.karpenter.azure.com/default' },
      want: { nodeClass: { kind: 'AKSNodeClass', group: 'karpenter.azure.com', name: 'default' } },
    },
    { given: { '--cloud': 'gcp' }, want: { cloud: 'gcp' } },
    { given: { '--no-controller': 'true' }, want: { controller: false } },
    { given: { '--no-webhook': 'true' }, want: { webhook: false } },
    {
      given: { '--log-level': 'debug', '--namespace': 'gpu' },
      want: { logLevel: 'debug', namespace: 'gpu' },
    },
    {
      given: { '--webhook-url': 'https://hooks.example.com:443/kaito/' },
      want: { webhookUrl: { host: 'hooks.example.com', port: 443, path: '/kaito' } },
    },
    {
      given: { '--webhook-url': 'https://localhost' },
      want: { webhookUrl: { host: 'localhost', port: undefined, path: '' }, bindAddress: '127.0.0.1' },
    },
    {
      given: { '--webhook-url': 'https://[::1]:9443' },
      want: { webhookUrl: { host: '::1', port: 9443, path: '' }, bindAddress: '::1' },
    },
    {
      given: { '--webhook-url': 'https://127.0.0.1:1', '--bind-address': '0.0.0.0' },
      want: { webhookUrl: { host: '127.0.0.1', port: 1, path: '' }, bindAddress: '0.0.0.0' },
    },
  ]
  for (const { given, want } of table) {
    test(Object.entries(given).flat().join(' '), () =>
      assert.deepEqual(parse(given), { ...DEFAULTS, ...want }),
    )
  }

  test('the environment gives what no flag gives', () => {
    const environment = { KAITO_NATIVE_SERVE_CLOUD: 'aws', KAITO_NATIVE_SERVE_NO_CONTROLLER: 'true' }
    assert.deepEqual(parse({ '--cloud': 'gcp' }, environment), {
      ...DEFAULTS,
      cloud: 'gcp',
      controller: false,
    })
  })

  test('what Kubernetes itself puts into the environment of a pod is no setting', () => {
    // For a Service named kaito-native-webhook: https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
    const environment = {
      KAITO_NATIVE_WEBHOOK_PORT: 'tcp://10.0.0.7:443',
      KAITO_NATIVE_PORT: 'tcp://10.0.0.8:443',
    }
    assert.deepEqual(parse({}, environment), DEFAULTS)
  })

  const wrong: readonly { flag: string; texts: readonly string[]; expected: RegExp }[] = [
    {
      flag: '--webhook-port',
      texts: ['x', '-1', '65536', '', '1.5', '1e3'],
      expected: /must be a port number, 0 to 65535$/,
    },
    { flag: '--health-port', texts: ['http'], expected: /must be a port number/ },
    { flag: '--idle-grace', texts: ['5', '-5m', 'm', '5 m', ''], expected: /must be a Go duration/ },
    { flag: '--launch-budget', texts: ['soon'], expected: /must be a Go duration/ },
    { flag: '--leader-lease-duration', texts: ['0s', '999ms', '1500ms'], expected: /must be whole seconds/ },
    { flag: '--leader-lease-duration', texts: ['15'], expected: /must be a Go duration/ },
    {
      flag: '--namespace',
      texts: ['Kaito', 'a.b', '-a', 'a'.repeat(64), ''],
      expected: /must be the name of a namespace/,
    },
    {
      flag: '--node-class',
      texts: ['x', 'Kind/name', 'Kind.group', 'kind.group/name/x'],
      expected: /must be KIND\.GROUP\/NAME/,
    },
    { flag: '--cloud', texts: ['Azure', 'any'], expected: /supported values: "azure", "aws", "gcp", "arc"$/ },
    { flag: '--log-level', texts: ['loud'], expected: /supported values: "fatal", .*"silent"$/ },
    { flag: '--bind-address', texts: ['localhost', '1.2.3', ''], expected: /must be an IP address/ },
    { flag: '--no-webhook', texts: ['yes'], expected: /supported values: "true", "false"/ },
    {
      flag: '--webhook-url',
      texts: [
        'http://a:1',
        'https://',
        'https://a:0',
        'https://a:65536',
        'https://u@a:1',
        'https://a:1?x',
        'https://a:1#x',
        'https://[1.2.3.4]:1',
      ],
      expected: /must be https:\/\/HOST:PORT/,
    },
  ]
  for (const { flag, texts, expected } of wrong) {
    test(`${flag} refuses ${texts.map(text => JSON.stringify(text)).join(' ')}`, () => {
      for (const text of texts) {
        const [error, ...others] = errorsOf({ [flag]: text })
        assert.deepEqual(others, [])
        assert.ok(error !== undefined && error.startsWith(`${flag} ${JSON.stringify(text)}: `), error)
        assert.match(error, expected)
      }
    })
  }

  test('every bad key is reported at once, and where it came from', () => {
    const errors = errorsOf(
      { '--cloud': 'x', '--idle-grace': 'x' },
      { KAITO_NATIVE_SERVE_LOG_LEVEL: 'x', KAITO_NATIVE_SERVE_CLOUD: 'y' },
    )
    assert.deepEqual(
      errors.map(error => error.split(' ')[0]),
      ['--idle-grace', '--cloud', 'KAITO_NATIVE_SERVE_LOG_LEVEL'],
    )
  })

  test('serving nothing is a mistake', () => {
    assert.deepEqual(errorsOf({ '--no-webhook': 'true', '--no-controller': 'true' }), [
      '--no-controller and --no-webhook together leave nothing to serve',
    ])
  })

  test('never throws', () => {
    const flag = fc.constantFrom(...SERVE_FLAGS.map(({ name }) => name))
    fc.assert(
      fc.property(fc.dictionary(flag, fc.string()), given => {
        const result = parseServeConfig(given, {})
        return result.ok || result.errors.length > 0
      }),
    )
  })
})

test('every flag has its own name in the environment', () => {
  const names = SERVE_FLAGS.map(environmentName)
  assert.equal(new Set(names).size, SERVE_FLAGS.length)
  assert.ok(names.includes('KAITO_NATIVE_SERVE_WEBHOOK_PORT'))
})
