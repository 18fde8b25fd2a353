// Pipeline: configuration. The grammars of serve's flags that annotations do not share: text in, a typed value or what
// would be accepted out. None of them throws.
import { isIP } from 'node:net'
import { parseDuration, type Parsed } from './core/api/annotation-values.ts'

/** `https://HOST[:PORT][/PATH]`, taken apart. */
export interface WebhookUrl {
  /** An IPv6 address without its brackets. */
  readonly host: string
  /** Absent: the port on which the webhooks listen. */
  readonly port: number | undefined
  /** Without a slash at the end; mostly empty. */
  readonly path: string
}

export interface NodeClassReference {
  readonly kind: string
  readonly group: string
  readonly name: string
}

const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/
/** No user, query or fragment: the API server refuses them in a webhook's URL. `:443` is kept apart from no port at all. */
const WEBHOOK_URL =
  /^https:\/\/(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9.-]+))(?::(\d{1,5}))?((?:\/[A-Za-z0-9._~-]+)*)\/?$/
const NODE_CLASS = /^([A-Z][A-Za-z0-9]*)\.([a-z0-9]+(?:[.-][a-z0-9]+)*)\/([a-z0-9]+(?:[.-][a-z0-9]+)*)$/
const PORT_MAX = 65_535

export function parsePort(text: string): Parsed<number> {
  const value = /^\d{1,5}$/.test(text) ? Number(text) : Infinity
  return value <= PORT_MAX ? { value } : { expected: `must be a port number, 0 to ${PORT_MAX}` }
}

export function parseIpAddress(text: string): Parsed<string> {
  return isIP(text) === 0 ? { expected: 'must be an IP address' } : { value: text }
}

/** A Lease counts in whole seconds; under one second no renewal would come in time. */
export function parseLeaseDuration(text: string): Parsed<number> {
  const parsed = parseDuration(text)
  if ('value' in parsed && (parsed.value < 1000 || parsed.value % 1000 !== 0))
    return { expected: 'must be whole seconds, at least "1s"' }
  return parsed
}

export function parseNamespace(text: string): Parsed<string> {
  if (DNS_LABEL.test(text)) return { value: text }
  return {
    expected: 'must be the name of a namespace: lower case letters, digits and "-" (a DNS-1123 label)',
  }
}

export function parseWebhookUrl(text: string): Parsed<WebhookUrl> {
  const [, ip, name, portText, path = ''] = WEBHOOK_URL.exec(text) ?? []
  const host = ip ?? name
  const port = portText === undefined ? undefined : Number(portText)
  if (
    host === undefined ||
    (ip !== undefined && isIP(ip) !== 6) ||
    (port ?? 1) < 1 ||
    (port ?? 1) > PORT_MAX
  ) {
    return { expected: 'must be https://HOST:PORT, without user, query or fragment' }
  }
  return { value: { host, port, path } }
}

export function parseNodeClass(text: string): Parsed<NodeClassReference> {
  const [, kind, group, name] = NODE_CLASS.exec(text) ?? []
  if (kind === undefined || group === undefined || name === undefined) {
    return { expected: 'must be KIND.GROUP/NAME, like "AKSNodeClass.karpenter.azure.com/default"' }
  }
  return { value: { kind, group, name } }
}
