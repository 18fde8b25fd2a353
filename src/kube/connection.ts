// Pipeline: kube. Where the API server is and who we are, as one current context of a kubeconfig or a pod's ServiceAccount
// says it. Files that it names are read for every request: tokens and certificates are rotated while the process lives.
import { readFile } from 'node:fs/promises'
import type { OutgoingHttpHeaders } from 'node:http'
import type { RequestOptions } from 'node:https'

/** TLS settings and headers of one request; an `agent` only where the way leads through a proxy. */
export interface Credentials extends RequestOptions {
  headers: OutgoingHttpHeaders
}

/** A way to one API server. */
export interface KubeConnection {
  /** https; its path, if any, comes before every path of the API. */
  readonly server: URL
  /** Rejects where a file is gone. */
  readonly credentials: () => Promise<Credentials>
}

/** Text that is at hand, or the file in which it stands. */
export type TextSource = { readonly text: string | Buffer } | { readonly file: string }

/** What a connection is made of; everything is optional but the server. */
export interface ConnectionSettings {
  readonly server: URL
  readonly tlsServerName?: string | undefined
  readonly insecureSkipTlsVerify?: boolean | undefined
  readonly authority?: TextSource | undefined
  readonly clientCertificate?: TextSource | undefined
  readonly clientKey?: TextSource | undefined
  readonly token?: TextSource | undefined
  readonly basic?: { readonly username: string; readonly password: string } | undefined
  /** `Impersonate-…` headers. */
  readonly impersonation?: OutgoingHttpHeaders | undefined
}

/** The connection of these settings. */
export function createConnection(settings: ConnectionSettings): KubeConnection {
  return { server: settings.server, credentials: () => credentialsOf(settings) }
}

async function credentialsOf(settings: ConnectionSettings): Promise<Credentials> {
  const [ca, cert, key, authorization] = await Promise.all([
    read(settings.authority),
    read(settings.clientCertificate),
    read(settings.clientKey),
    authorizationOf(settings),
  ])
  return {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(settings.tlsServerName !== undefined && { servername: settings.tlsServerName }),
    ...(settings.insecureSkipTlsVerify === true && { rejectUnauthorized: false }),
    headers: { ...authorization, ...settings.impersonation },
  }
}

/** A token goes before a password, as in client-go. */
async function authorizationOf({ token, basic }: ConnectionSettings): Promise<{ Authorization?: string }> {
  const text = (await read(token))?.toString().trim()
  if (text !== undefined) return { Authorization: `Bearer ${text}` }
  if (basic === undefined) return {}
  return {
    Authorization: `Basic ${Buffer.from(`${basic.username}:${basic.password}`).toString('base64')}`,
  }
}

async function read(source: TextSource | undefined): Promise<string | Buffer | undefined> {
  if (source === undefined) return undefined
  return 'text' in source ? source.text : readFile(source.file)
}
