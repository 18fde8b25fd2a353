// Pipeline: certs. Under which names the webhooks are reached.
import { isIP } from 'node:net'

/** Subject alternative names of the serving certificate. */
export interface CertificateNames {
  readonly dns: readonly string[]
  readonly ips: readonly string[]
}

/** The names of a Service, and the host of a webhook URL where there is one. */
export function certificateNames(
  service: { readonly name: string; readonly namespace: string },
  urlHost?: string,
): CertificateNames {
  const { name, namespace } = service
  const dns = [name, `${name}.${namespace}`, `${name}.${namespace}.svc`]
  if (urlHost === undefined) return { dns, ips: [] }
  return isIP(urlHost) === 0 ? { dns: [...new Set([...dns, urlHost])], ips: [] } : { dns, ips: [urlHost] }
}
