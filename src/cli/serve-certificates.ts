// Pipeline: cli. certs/ decides what the Secret should hold, src/kube keeps it: here they meet.
import type { CertificateBundle } from '../../certs/bundle.ts'
import { desiredCertificates } from '../../certs/desired.ts'
import { certificateNames } from '../../certs/names.ts'
import { REGISTRATION_NAME } from '../../webhooks/configuration.ts'
import type { ServeConfig } from '../config.ts'
import { ensureCertificateSecret, type SecretTexts } from '../kube/certificate-secret.ts'
import type { Shell } from './serve-parts.ts'

/**
 * The certificates that every replica serves with. A Secret that somebody deleted comes back with those in use (`current`):
 * new ones would make every other replica unknown to the API server.
 */
export async function ensureCertificates(
  config: ServeConfig,
  { client, log }: Shell,
  current: Partial<CertificateBundle> = {},
): Promise<CertificateBundle> {
  const service = { name: REGISTRATION_NAME, namespace: config.namespace }
  const names = certificateNames(service, config.webhookUrl?.host)
  const texts = await ensureCertificateSecret(client, config.namespace, async existing => {
    const known = Object.keys(existing).length === 0 ? current : bundleOf(existing)
    const { bundle, replaced } = await desiredCertificates(known, names, new Date())
    if (replaced.length > 0) log.info({ reasons: replaced }, 'issuing webhook certificates')
    return textsOf(bundle)
  })
  const { caCertificate = '', caKey = '', certificate = '', key = '' } = bundleOf(texts)
  return { caCertificate, caKey, certificate, key }
}

/** Keys of type kubernetes.io/tls, and their like for the authority. */
function textsOf(bundle: CertificateBundle): SecretTexts {
  return {
    'ca.crt': bundle.caCertificate,
    'ca.key': bundle.caKey,
    'tls.crt': bundle.certificate,
    'tls.key': bundle.key,
  }
}

function bundleOf(texts: SecretTexts): Partial<CertificateBundle> {
  const { 'ca.crt': caCertificate, 'ca.key': caKey, 'tls.crt': certificate, 'tls.key': key } = texts
  return {
    ...(caCertificate !== undefined && { caCertificate }),
    ...(caKey !== undefined && { caKey }),
    ...(certificate !== undefined && { certificate }),
    ...(key !== undefined && { key }),
  }
}
