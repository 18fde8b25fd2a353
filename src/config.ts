// Pipeline: configuration. Flags and environment → one frozen Config, or every bad key at once. The only place that reads
// environment variables: `--some-flag X` may also be given as KAITO_NATIVE_SERVE_SOME_FLAG=X; the flag wins.
// (Not KAITO_NATIVE_SOME_FLAG: for a Service named kaito-native-webhook Kubernetes itself sets KAITO_NATIVE_WEBHOOK_PORT.)
import {
  parseIpAddress,
  parseLeaseDuration,
  parseNamespace,
  parseNodeClass,
  parsePort,
  parseWebhookUrl,
  type NodeClassReference,
  type WebhookUrl,
} from './config-values.ts'
import {
  parseBoolean,
  parseDuration,
  parseOneOf,
  parseText,
  type Parsed,
} from './core/api/annotation-values.ts'
import { CLOUDS, type Cloud } from './core/api/names.ts'

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

export interface ServeConfig {
  readonly kubeconfig: string | undefined
  readonly webhookUrl: WebhookUrl | undefined
  readonly webhookPort: number
  readonly healthPort: number
  /** Absent: every interface. */
  readonly bindAddress: string | undefined
  readonly namespace: string
  readonly idleGraceMs: number
  readonly launchBudgetMs: number
  readonly leaderLeaseDurationMs: number
  readonly nodeClass: NodeClassReference | undefined
  readonly cloud: Cloud | undefined
  readonly controller: boolean
  readonly webhook: boolean
  readonly logLevel: LogLevel
}

export type ConfigResult =
  | { readonly ok: true; readonly config: ServeConfig }
  | { readonly ok: false; readonly errors: readonly string[] }

/** One flag of `serve`, as command line, environment and help know it. */
export interface Flag<T> {
  readonly name: `--${string}`
  /** The placeholder of its value; absent: a switch. */
  readonly argument?: string
  readonly help: string
  /** In the flag's own grammar; absent: no value. */
  readonly fallback?: string
  readonly parse: (text: string) => Parsed<T>
}

const FLAGS = {
  kubeconfig: createFlag(
    '--kubeconfig',
    'FILE',
    "default: $KUBECONFIG, ~/.kube/config, the pod's ServiceAccount",
    parseText,
  ),
  webhookUrl: createFlag(
    '--webhook-url',
    'URL',
    'register the webhooks by https://HOST:PORT, not by Service',
    parseWebhookUrl,
  ),
  webhookPort: createFlag('--webhook-port', 'PORT', 'of the webhooks; 0: any free one', parsePort, '9443'),
  healthPort: createFlag(
    '--health-port',
    'PORT',
    'of /healthz, /readyz and /metrics; 0: any free one',
    parsePort,
    '8081',
  ),
  bindAddress: createFlag(
    '--bind-address',
    'IP',
    'default: loopback if the host of --webhook-url is, else all',
    parseIpAddress,
  ),
  namespace: createFlag('--namespace', 'NAME', 'of kaito-native itself', parseNamespace, 'kaito-system'),
  idleGrace: createFlag('--idle-grace', 'DURATION', 'how long an idle node is kept', parseDuration, '5m'),
  launchBudget: createFlag(
    '--launch-budget',
    'DURATION',
    'how long a node may take to become ready',
    parseDuration,
    '20m',
  ),
  leaderLeaseDuration: createFlag(
    '--leader-lease-duration',
    'DURATION',
    'after how long a leader that is silent is replaced',
    parseLeaseDuration,
    '15s',
  ),
  nodeClass: createFlag('--node-class', 'KIND.GROUP/NAME', 'of the nodes that are claimed', parseNodeClass),
  cloud: createFlag(
    '--cloud',
    'CLOUD',
    `${CLOUDS.join(', ')}; default: by the cluster's nodes`,
    parseOneOf(CLOUDS),
  ),
  noController: createFlag('--no-controller', undefined, 'run without the controller', parseBoolean, 'false'),
  noWebhook: createFlag('--no-webhook', undefined, 'run without the webhooks', parseBoolean, 'false'),
  logLevel: createFlag('--log-level', 'LEVEL', LOG_LEVELS.join(', '), parseOneOf(LOG_LEVELS), 'info'),
}

/** Every flag of `serve`, in the order of the help. */
export const SERVE_FLAGS: readonly Flag<unknown>[] = Object.values(FLAGS)

const LOOPBACK: Readonly<Record<string, string>> = {
  localhost: '127.0.0.1',
  '127.0.0.1': '127.0.0.1',
  '::1': '::1',
}

/** `given` are the flags of the command line by name (`--webhook-port`); a switch is "true". */
export function parseServeConfig(given: Texts, environment: Texts = process.env): ConfigResult {
  const texts = (flag: Flag<unknown>) =>
    given[flag.name] ?? environment[environmentName(flag)] ?? flag.fallback
  const errors = SERVE_FLAGS.flatMap(flag => flagError(flag, texts(flag), given[flag.name] === undefined))
  if (errors.length > 0) return { ok: false, errors }
  const config = buildConfig({
    optional: flag => valueOf(flag, texts(flag)),
    required: flag => defined(flag, valueOf(flag, texts(flag))),
  })
  if (config.controller || config.webhook) return { ok: true, config: Object.freeze(config) }
  return { ok: false, errors: ['--no-controller and --no-webhook together leave nothing to serve'] }
}

type Texts = Readonly<Record<string, string | undefined>>

/** What leads commands other than `serve` to a cluster when no kubeconfig is named. */
export function kubeEnvironment(environment: Texts = process.env): Texts {
  return environment
}

interface FlagReader {
  readonly optional: <T>(flag: Flag<T>) => T | undefined
  readonly required: <T>(flag: Flag<T>) => T
}

function buildConfig({ optional, required }: FlagReader): ServeConfig {
  const webhookUrl = optional(FLAGS.webhookUrl)
  return {
    kubeconfig: optional(FLAGS.kubeconfig),
    webhookUrl,
    webhookPort: required(FLAGS.webhookPort),
    healthPort: required(FLAGS.healthPort),
    bindAddress: optional(FLAGS.bindAddress) ?? LOOPBACK[webhookUrl?.host ?? ''],
    namespace: required(FLAGS.namespace),
    idleGraceMs: required(FLAGS.idleGrace),
    launchBudgetMs: required(FLAGS.launchBudget),
    leaderLeaseDurationMs: required(FLAGS.leaderLeaseDuration),
    nodeClass: optional(FLAGS.nodeClass),
    cloud: optional(FLAGS.cloud),
    controller: !required(FLAGS.noController),
    webhook: !required(FLAGS.noWebhook),
    logLevel: required(FLAGS.logLevel),
  }
}

function flagError(flag: Flag<unknown>, text: string | undefined, fromEnvironment: boolean): string[] {
  const parsed = text === undefined ? undefined : flag.parse(text)
  if (parsed === undefined || 'value' in parsed) return []
  return [
    `${fromEnvironment ? environmentName(flag) : flag.name} ${JSON.stringify(text)}: ${parsed.expected}`,
  ]
}

function valueOf<T>(flag: Flag<T>, text: string | undefined): T | undefined {
  const parsed = text === undefined ? undefined : flag.parse(text)
  return parsed !== undefined && 'value' in parsed ? parsed.value : undefined
}

function defined<T>(flag: Flag<T>, value: T | undefined): T {
  if (value === undefined) throw new TypeError(`${flag.name} has no default`)
  return value
}

/** `--webhook-port` → KAITO_NATIVE_SERVE_WEBHOOK_PORT. */
export function environmentName(flag: Flag<unknown>): string {
  return `KAITO_NATIVE_SERVE_${flag.name.slice(2).replaceAll('-', '_').toUpperCase()}`
}

function createFlag<T>(
  name: Flag<T>['name'],
  argument: string | undefined,
  help: string,
  parse: Flag<T>['parse'],
  fallback?: string,
): Flag<T> {
  return {
    name,
    help,
    parse,
    ...(argument !== undefined && { argument }),
    ...(fallback !== undefined && { fallback }),
  }
}
