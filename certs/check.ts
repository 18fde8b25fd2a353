// Pipeline: certs. Is what the Secret holds fit to serve with? By OpenSSL, not by the library that wrote it.
import { createPrivateKey, X509Certificate } from 'node:crypto'
import type { CertificateBundle } from './bundle.ts'
import { CERTIFICATE_LIFETIME_MS } from './issue.ts'
import type { CertificateNames } from './names.ts'

/** A certificate is renewed when less than half of its life is left: months for whoever could not renew it to be noticed. */
const RENEW_BEFORE_MS = CERTIFICATE_LIFETIME_MS / 2

/** Why the authority cannot go on issuing; empty where it can. */
export function authorityProblems(bundle: Partial<CertificateBundle>, now: Date): readonly string[] {
  const ca = parseCertificate(bundle.caCertificate)
  if (ca === undefined) return ['there is no readable authority certificate']
  const problems: string[] = []
  if (!ca.ca) problems.push('the authority certificate is not one of an authority')
  if (!hasKey(ca, bundle.caKey))
    problems.push('the key of the authority is missing or does not fit its certificate')
  if (leavesLessThan(ca, now, CERTIFICATE_LIFETIME_MS))
    problems.push('the authority expires before a new certificate would')
  return problems
}

/** Why the bundle cannot serve under `names`; empty where it can. */
export function bundleProblems(
  bundle: Partial<CertificateBundle>,
  names: CertificateNames,
  now: Date,
): readonly string[] {
  const problems = [...authorityProblems(bundle, now)]
  const leaf = parseCertificate(bundle.certificate)
  if (leaf === undefined) return [...problems, 'there is no readable serving certificate']
  const ca = parseCertificate(bundle.caCertificate)
  if (ca !== undefined && !leaf.verify(ca.publicKey))
    problems.push('the serving certificate is not signed by the authority')
  if (!hasKey(leaf, bundle.key)) problems.push('the serving key is missing or does not fit its certificate')
  if (leavesLessThan(leaf, now, RENEW_BEFORE_MS))
    problems.push('the serving certificate has expired or is near its end')
  const missing = [
    ...names.dns.filter(name => !leaf.checkHost(name)),
    ...names.ips.filter(ip => !leaf.checkIP(ip)),
  ]
  if (missing.length > 0) problems.push(`the serving certificate lacks ${missing.join(', ')}`)
  return problems
}

function parseCertificate(pem: string | undefined): X509Certificate | undefined {
  try {
    return pem === undefined ? undefined : new X509Certificate(pem)
  } catch {
    return undefined
  }
}

function hasKey(certificate: X509Certificate, pem: string | undefined): boolean {
  try {
    return pem !== undefined && certificate.checkPrivateKey(createPrivateKey(pem))
  } catch {
    return false
  }
}

function leavesLessThan(certificate: X509Certificate, now: Date, durationMs: number): boolean {
  return certificate.validToDate.getTime() - now.getTime() < durationMs || certificate.validFromDate > now
}
