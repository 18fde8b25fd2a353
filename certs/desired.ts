// Pipeline: certs. From what the Secret holds to what it should hold: nothing to do, a new certificate by the same
// authority (other replicas keep serving what the registered caBundle trusts), or everything anew.
import type { CertificateBundle } from './bundle.ts'
import { authorityProblems, bundleProblems } from './check.ts'
import { issueCertificates } from './issue.ts'
import type { CertificateNames } from './names.ts'

/** The bundle to serve with, and why it is a new one (empty: it is the one that was there). */
export interface DesiredCertificates {
  readonly bundle: CertificateBundle
  readonly replaced: readonly string[]
}

/** `existing` may be incomplete, unreadable or absent. */
export async function desiredCertificates(
  existing: Partial<CertificateBundle>,
  names: CertificateNames,
  now: Date,
): Promise<DesiredCertificates> {
  const replaced = bundleProblems(existing, names, now)
  if (replaced.length === 0 && isComplete(existing)) return { bundle: existing, replaced }
  const { caCertificate, caKey } = existing
  const keepsAuthority = authorityProblems(existing, now).length === 0
  const authority =
    keepsAuthority && caCertificate !== undefined && caKey !== undefined
      ? { caCertificate, caKey }
      : undefined
  return { bundle: await issueCertificates(names, now, authority), replaced }
}

function isComplete(bundle: Partial<CertificateBundle>): bundle is CertificateBundle {
  const { caCertificate, caKey, certificate, key } = bundle
  return [caCertificate, caKey, certificate, key].every(text => text !== undefined)
}
