// Certificates of a test control plane: one authority for servers and clients, made anew for every start.
import { generateKeyPair, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import forge from 'node-forge'

const dayMs = 24 * 60 * 60 * 1000

/** Private key and certificate (or public key), in PEM. */
export interface KeyPair {
  readonly certificate: string
  readonly key: string
}

/** Who a client is to the API server: the certificate's common name and organisations. */
export interface Identity {
  readonly user: string
  readonly groups?: readonly string[]
}

/** A certificate authority with what it can issue. */
export interface Authority extends KeyPair {
  readonly issueServer: (hosts: readonly string[]) => Promise<KeyPair>
  readonly issueClient: (identity: Identity) => Promise<KeyPair>
}

/** A new authority. */
export const createAuthority = async (): Promise<Authority> => {
  const keys = await createRsaKeys()
  const caKey = forge.pki.privateKeyFromPem(keys.key)
  const subject = [{ name: 'commonName', value: 'kaito-native test authority' }]
  const ca = { subject, key: caKey }
  const issue = async (to: Subject): Promise<KeyPair> => sign(await createRsaKeys(), to, ca)
  const usage = { name: 'keyUsage', critical: true, keyCertSign: true, cRLSign: true, digitalSignature: true }
  const extensions = [{ name: 'basicConstraints', critical: true, cA: true }, usage]
  return {
    ...sign(keys, { subject, extensions }, ca),
    issueServer: hosts => issue(serverSubject(hosts)),
    issueClient: identity => issue(clientSubject(identity)),
  }
}

/** Keys in PEM whose `certificate` is a bare public key, as service-account tokens are signed and checked with. */
export const createRsaKeys = async (): Promise<KeyPair> => {
  const { publicKey, privateKey } = await promisify(generateKeyPair)('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  return { certificate: publicKey, key: privateKey }
}

/** The identity that a pod of this service account has. */
export const serviceAccountIdentity = (namespace: string, name: string): Identity => ({
  user: `system:serviceaccount:${namespace}:${name}`,
  groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`],
})

interface Subject {
  readonly subject: forge.pki.CertificateField[]
  readonly extensions: readonly object[]
}

interface Issuer {
  readonly subject: forge.pki.CertificateField[]
  readonly key: forge.pki.rsa.PrivateKey
}

const serverSubject = (hosts: readonly string[]): Subject => ({
  subject: [{ name: 'commonName', value: hosts[0] ?? '' }],
  extensions: [
    { name: 'extKeyUsage', serverAuth: true },
    // GeneralName types of RFC 5280, section 4.2.1.6: 2 is dNSName, 7 is iPAddress.
    {
      name: 'subjectAltName',
      altNames: hosts.map(host => (/^[\d.]+$/.test(host) ? { type: 7, ip: host } : { type: 2, value: host })),
    },
  ],
})

const clientSubject = ({ user, groups = [] }: Identity): Subject => ({
  subject: [
    ...groups.map(value => ({ name: 'organizationName', value })),
    { name: 'commonName', value: user },
  ],
  extensions: [{ name: 'extKeyUsage', clientAuth: true }],
})

const sign = (keys: KeyPair, { subject, extensions }: Subject, issuer: Issuer): KeyPair => {
  const certificate = forge.pki.createCertificate()
  certificate.publicKey = forge.pki.publicKeyFromPem(keys.certificate)
  certificate.serialNumber = `01${randomBytes(15).toString('hex')}`
  certificate.validity.notBefore = new Date(Date.now() - dayMs)
  certificate.validity.notAfter = new Date(Date.now() + 365 * dayMs)
  certificate.setSubject(subject)
  certificate.setIssuer(issuer.subject)
  certificate.setExtensions([...extensions])
  certificate.sign(issuer.key, forge.md.sha256.create())
  return { certificate: forge.pki.certificateToPem(certificate), key: keys.key }
}
