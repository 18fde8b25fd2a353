// Pipeline: template. Containers that other webhooks add: never the one to fill. One that is asked before ours finds a
// template without containers and makes its own the only one.

/** By the names that the injectors of these projects give them. */
const SIDECARS: ReadonlySet<string> = new Set([
  'istio-proxy',
  'linkerd-proxy',
  'kuma-sidecar',
  'consul-dataplane',
  'envoy',
  'vault-agent',
  'vault-agent-init',
  'daprd',
  'cloud-sql-proxy',
  'cloudsql-proxy',
  'gke-gcsfuse-sidecar',
  'otc-container',
  'opentelemetry-auto-instrumentation',
  'datadog-agent-injected',
  'azwi-proxy',
])

/** True for the name of a container that an injector makes. */
export function isKnownSidecar(name: string): boolean {
  return SIDECARS.has(name)
}
