// A kubeconfig (as JSON, which is YAML) with everything inside, so that it works from any folder.
import type { KeyPair } from './certificates.ts'

/** Where an API server is, and the PEM certificate of its authority. */
export interface Endpoint {
  readonly url: string
  readonly authority: string
}

/** The text of a kubeconfig for one client of one API server. */
export const renderKubeconfig = ({ url, authority }: Endpoint, user: string, keys: KeyPair): string => {
  const cluster = { server: url, 'certificate-authority-data': base64(authority) }
  const credentials = {
    'client-certificate-data': base64(keys.certificate),
    'client-key-data': base64(keys.key),
  }
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster }],
    users: [{ name: user, user: credentials }],
    contexts: [{ name: 'test', context: { cluster: 'test', user } }],
    'current-context': 'test',
  }
  return JSON.stringify(config, undefined, 2)
}

const base64 = (text: string): string => Buffer.from(text).toString('base64')
