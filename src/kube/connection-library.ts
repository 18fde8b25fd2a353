// Pipeline: kube. What only the Kubernetes client knows how to do: credential plugins (exec), the auth providers of old,
// proxies. It is loaded when such a user makes the first request, and never for anybody else.
import { isObject, stringAt, type JsonObject } from '../core/api/json.ts'
import type { Credentials, KubeConnection } from './connection.ts'

/** True where cluster or user ask for what the library does. */
export function needsLibrary(cluster: JsonObject, user: JsonObject): boolean {
  return (
    isObject(user['exec']) || isObject(user['auth-provider']) || stringAt(cluster, 'proxy-url') !== undefined
  )
}

/** The connection with what the library adds to it for each request: a token, a client certificate, a proxy's agent. */
export function createLibraryConnection(
  connection: KubeConnection,
  cluster: JsonObject,
  user: JsonObject,
): KubeConnection {
  let loading: ReturnType<typeof loadLibrary> | undefined
  const isProxied = stringAt(cluster, 'proxy-url') !== undefined
  async function credentials(): Promise<Credentials> {
    loading ??= loadLibrary(cluster, user)
    const [config, options] = await Promise.all([loading, connection.credentials()])
    await config.applyToHTTPSOptions(options)
    const { agent, ...rest } = options
    return isProxied ? { ...rest, agent } : rest
  }
  return { server: connection.server, credentials }
}

async function loadLibrary(cluster: JsonObject, user: JsonObject) {
  const { KubeConfig } = await import('@kubernetes/client-node')
  const config = new KubeConfig()
  config.loadFromString(
    JSON.stringify({
      clusters: [{ name: 'it', cluster }],
      users: [{ name: 'it', user }],
      contexts: [{ name: 'it', context: { cluster: 'it', user: 'it' } }],
      'current-context': 'it',
    }),
  )
  return config
}
