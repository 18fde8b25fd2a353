// The keys, certificates and kubeconfigs of one control plane, written into its data folder.
import { writeFile } from 'node:fs/promises'
import {
  createAuthority,
  createRsaKeys,
  type Authority,
  type Identity,
  type KeyPair,
} from './certificates.ts'
import { apiServerServiceIp, kubeconfigFile, pkiFile } from './flags.ts'
import { renderKubeconfig, type Endpoint } from './kubeconfig.ts'

/** What the administrator connects with, and how others get a kubeconfig. */
export interface Pki {
  readonly endpoint: Endpoint
  readonly admin: KeyPair
  /** Writes a kubeconfig for a user and returns its path. */
  readonly kubeconfigFor: (identity: Identity) => Promise<string>
}

// "localhost" and the address are how tests call it; the others are how pods would.
const serverNames = ['127.0.0.1', 'localhost', 'kubernetes.default.svc', apiServerServiceIp]

/** Makes everything that the flags of the servers name. */
export const createPki = async (folder: string, url: string): Promise<Pki> => {
  const authority = await createAuthority()
  const endpoint = { url, authority: authority.certificate }
  const [admin] = await Promise.all([
    writeKubeconfig(folder, endpoint, authority, 'admin', { user: 'admin', groups: ['system:masters'] }),
    writeKubeconfig(folder, endpoint, authority, 'kube-controller-manager', {
      user: 'system:kube-controller-manager',
    }),
    writeKubeconfig(folder, endpoint, authority, 'kube-scheduler', { user: 'system:kube-scheduler' }),
    writeKeys(folder, 'ca', authority),
    authority.issueServer(serverNames).then(keys => writeKeys(folder, 'server', keys)),
    createRsaKeys().then(keys => writeKeys(folder, 'service-account', keys)),
  ])
  let users = 0
  const kubeconfigFor = async (identity: Identity): Promise<string> => {
    users += 1
    const name = `user-${users}`
    await writeKubeconfig(folder, endpoint, authority, name, identity)
    return kubeconfigFile(folder, name)
  }
  return { endpoint, admin, kubeconfigFor }
}

const writeKubeconfig = async (
  folder: string,
  endpoint: Endpoint,
  authority: Authority,
  name: string,
  identity: Identity,
): Promise<KeyPair> => {
  const keys = await authority.issueClient(identity)
  await writeFile(kubeconfigFile(folder, name), renderKubeconfig(endpoint, identity.user, keys), {
    mode: 0o600,
  })
  return keys
}

const writeKeys = async (folder: string, name: string, { certificate, key }: KeyPair): Promise<void> => {
  await Promise.all([
    writeFile(pkiFile(folder, `${name}.crt`), certificate),
    writeFile(pkiFile(folder, `${name}.key`), key, { mode: 0o600 }),
  ])
}
