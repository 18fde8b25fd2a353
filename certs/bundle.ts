// Pipeline: certs. The authority and the serving certificate together, as the Secret keeps them. Only ever in memory and
// in the API server, never on a disk.

/** PEM texts. */
export interface CertificateBundle {
  readonly caCertificate: string
  readonly caKey: string
  readonly certificate: string
  readonly key: string
}
