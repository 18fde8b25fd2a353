// Certificates for tests of TLS: issued once for each process, because keys take their time.
import type { CertificateBundle } from '../../certs/bundle.ts'
import { issueCertificates } from '../../certs/issue.ts'

export const SERVICE_NAME = 'kaito-native.kaito-system.svc'

let issued: Promise<CertificateBundle> | undefined

/** An authority and a certificate for the Service, localhost and 127.0.0.1. */
export function makeBundle(): Promise<CertificateBundle> {
  issued ??= issueCertificates({ dns: [SERVICE_NAME, 'localhost'], ips: ['127.0.0.1'] }, new Date())
  return issued
}
