// Pipeline: kube. The kubeconfig that counts → KubeConnection. Read here and not by the Kubernetes client, whose thousand
// generated modules cost 70 MB and a second at start; it is loaded only for what it alone can do (connection-library.ts).
import { existsSync, readFileSync } from 'node:fs'
import type { OutgoingHttpHeaders } from 'node:http'
import { delimiter, join } from 'node:path'
import { isObject, listAt, stringAt, type JsonObject } from '../core/api/json.ts'
import { createLibraryConnection, needsLibrary } from './connection-library.ts'
import {
  createConnection,
  type ConnectionSettings,
  type KubeConnection,
  type TextSource,
} from './connection.ts'
import { readKubeconfigs, type Kubeconfig } from './kubeconfig-file.ts'

/** The environment variables that lead to a kubeconfig, or to the API server from within a pod. */
export type KubeEnvironment = Readonly<Record<string, string | undefined>>

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount'

/** The file that is named; else $KUBECONFIG, ~/.kube/config, the pod's ServiceAccount. Throws where there is none, with one sentence. */
export function loadKubeConfig(
  file: string | undefined,
  environment: KubeEnvironment = {},
  serviceAccount: string = SERVICE_ACCOUNT,
): KubeConnection {
  const files = file === undefined ? defaultFiles(environment) : [file]
  if (files.length > 0) return connectionOf(readKubeconfigs(files))
  const inCluster = inClusterConnection(environment, serviceAccount)
  if (inCluster !== undefined) return inCluster
  const named = environment['KUBECONFIG'] ?? ''
  throw new Error(
    named === ''
      ? 'no cluster to talk to: give --kubeconfig, set KUBECONFIG, or run in a pod with a ServiceAccount'
      : `no cluster to talk to: no file of KUBECONFIG is there (${named})`,
  )
}

/** The namespace that a command works in when none is named: the context's, else the pod's, else `default`. */
export function currentNamespace(
  file: string | undefined,
  environment: KubeEnvironment = {},
  serviceAccount: string = SERVICE_ACCOUNT,
): string {
  const files = file === undefined ? defaultFiles(environment) : [file]
  const own = join(serviceAccount, 'namespace')
  if (files.length === 0) return existsSync(own) ? readFileSync(own, 'utf8').trim() : 'default'
  const { currentContext, contexts } = readKubeconfigs(files)
  return stringAt(contexts.get(currentContext ?? ''), 'namespace') ?? 'default'
}

/** Files of a list that are not there are passed over, as kubectl does. */
function defaultFiles({ KUBECONFIG, HOME, USERPROFILE }: KubeEnvironment): readonly string[] {
  const home = HOME ?? USERPROFILE
  const files =
    KUBECONFIG === undefined || KUBECONFIG === ''
      ? home === undefined
        ? []
        : [join(home, '.kube', 'config')]
      : KUBECONFIG.split(delimiter)
  return files.filter(path => path !== '' && existsSync(path))
}

/** https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/#directly-accessing-the-rest-api */
function inClusterConnection(environment: KubeEnvironment, folder: string): KubeConnection | undefined {
  const host = environment['KUBERNETES_SERVICE_HOST']
  const port = environment['KUBERNETES_SERVICE_PORT']
  const token = join(folder, 'token')
  if (host === undefined || port === undefined || !existsSync(token)) return undefined
  return createConnection({
    server: new URL(`https://${host.includes(':') ? `[${host}]` : host}:${port}`),
    authority: { file: join(folder, 'ca.crt') },
    token: { file: token },
  })
}

function connectionOf(kubeconfig: Kubeconfig): KubeConnection {
  const { cluster, user } = currentParts(kubeconfig)
  const settings: ConnectionSettings = {
    server: serverOf(kubeconfig, cluster),
    tlsServerName: stringAt(cluster, 'tls-server-name'),
    insecureSkipTlsVerify: cluster['insecure-skip-tls-verify'] === true,
    authority: sourceOf(kubeconfig, cluster, 'certificate-authority'),
    clientCertificate: sourceOf(kubeconfig, user, 'client-certificate'),
    clientKey: sourceOf(kubeconfig, user, 'client-key'),
    token: tokenOf(user),
    basic: basicOf(user),
    impersonation: impersonationOf(user),
  }
  const connection = createConnection(settings)
  return needsLibrary(cluster, user) ? createLibraryConnection(connection, cluster, user) : connection
}

function currentParts(kubeconfig: Kubeconfig): { readonly cluster: JsonObject; readonly user: JsonObject } {
  const { origin, currentContext, clusters, users, contexts } = kubeconfig
  const context = currentContext === undefined ? undefined : contexts.get(currentContext)
  const cluster = context && clusters.get(stringAt(context, 'cluster') ?? '')
  if (context === undefined || cluster === undefined)
    throw new Error(`${origin} has no current context with a cluster`)
  const name = stringAt(context, 'user')
  const user = name === undefined ? {} : users.get(name)
  if (user === undefined) throw new Error(`${origin} has no user ${JSON.stringify(name)}`)
  return { cluster, user }
}

function serverOf({ origin }: Kubeconfig, cluster: JsonObject): URL {
  const text = stringAt(cluster, 'server') ?? ''
  const server = URL.canParse(text) ? new URL(text) : undefined
  if (server?.protocol === 'https:') return server
  throw new Error(`${origin}: the cluster's server must be https://HOST:PORT, not ${JSON.stringify(text)}`)
}

/** `NAME-data` (base64) goes before the file `NAME`. */
function sourceOf({ origin }: Kubeconfig, fields: JsonObject, name: string): TextSource | undefined {
  const data = stringAt(fields, `${name}-data`)
  const file = stringAt(fields, name)
  if (data === undefined) return file === undefined ? undefined : { file }
  const text = Buffer.from(data, 'base64')
  if (text.includes('-----BEGIN ')) return { text }
  throw new Error(`${origin}: ${name}-data is not PEM in base64`)
}

/** The file goes first, because it is the one that is rotated (client-go's AuthInfo.TokenFile). */
function tokenOf(user: JsonObject): TextSource | undefined {
  const [file, text] = [stringAt(user, 'tokenFile'), stringAt(user, 'token')]
  if (file !== undefined) return { file }
  return text === undefined ? undefined : { text }
}

function basicOf(user: JsonObject): ConnectionSettings['basic'] {
  const username = stringAt(user, 'username')
  return username === undefined ? undefined : { username, password: stringAt(user, 'password') ?? '' }
}

/** https://kubernetes.io/docs/reference/access-authn-authz/user-impersonation/ */
function impersonationOf(user: JsonObject): OutgoingHttpHeaders {
  const [as, uid, extra] = [stringAt(user, 'as'), stringAt(user, 'as-uid'), user['as-user-extra']]
  const groups = textsOf(listAt(user, 'as-groups'))
  const extras = Object.entries(isObject(extra) ? extra : {}).map(([name, values]) => [
    `Impersonate-Extra-${encodeURIComponent(name)}`,
    textsOf(Array.isArray(values) ? values : []),
  ])
  return {
    ...(as !== undefined && { 'Impersonate-User': as }),
    ...(uid !== undefined && { 'Impersonate-Uid': uid }),
    ...(groups.length > 0 && { 'Impersonate-Group': groups }),
    ...Object.fromEntries(extras),
  }
}

function textsOf(values: readonly unknown[]): string[] {
  return values.filter(value => typeof value === 'string')
}
