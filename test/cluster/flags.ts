// The command lines of the four servers, in one place. Everything listens on 127.0.0.1 only.
import { join } from 'node:path'

/** What the command lines depend on. */
export interface ServerSettings {
  readonly folder: string
  readonly etcdPort: number
  readonly apiServerPort: number
  readonly featureGates: Readonly<Record<string, boolean>>
}

/** A key or certificate in the data folder. */
export const pkiFile = (folder: string, name: string): string => join(folder, 'pki', name)

/** The kubeconfig of a client in the data folder. */
export const kubeconfigFile = (folder: string, user: string): string => pkiFile(folder, `${user}.kubeconfig`)

/** IP range of Services; its first address is that of the Service `kubernetes`. */
export const serviceIpRange = '10.0.0.0/24'

/** Address of the Service `kubernetes`. */
export const apiServerServiceIp = '10.0.0.1'

/** Where etcd answers. */
export const etcdUrl = ({ etcdPort }: ServerSettings): string => `http://127.0.0.1:${etcdPort}`

/** Where the API server answers. */
export const apiServerUrl = ({ apiServerPort }: ServerSettings): string =>
  `https://127.0.0.1:${apiServerPort}`

/** The arguments of every server, by its program name. */
export const serverArguments = {
  etcd: (settings: ServerSettings) => [
    `--data-dir=${join(settings.folder, 'etcd')}`,
    `--listen-client-urls=${etcdUrl(settings)}`,
    `--advertise-client-urls=${etcdUrl(settings)}`,
    // One member has no peers, so any port does.
    '--listen-peer-urls=http://127.0.0.1:0',
    '--unsafe-no-fsync',
  ],
  'kube-apiserver': (settings: ServerSettings) => {
    const { folder, apiServerPort } = settings
    return [
      `--etcd-servers=${etcdUrl(settings)}`,
      `--secure-port=${apiServerPort}`,
      '--bind-address=127.0.0.1',
      '--advertise-address=127.0.0.1',
      '--endpoint-reconciler-type=none',
      `--tls-cert-file=${pkiFile(folder, 'server.crt')}`,
      `--tls-private-key-file=${pkiFile(folder, 'server.key')}`,
      `--client-ca-file=${pkiFile(folder, 'ca.crt')}`,
      `--service-account-key-file=${pkiFile(folder, 'service-account.crt')}`,
      `--service-account-signing-key-file=${pkiFile(folder, 'service-account.key')}`,
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-cluster-ip-range=${serviceIpRange}`,
      '--authorization-mode=RBAC',
      '--allow-privileged=true',
      ...featureGates(settings),
    ]
  },
  'kube-controller-manager': (settings: ServerSettings) => {
    const { folder } = settings
    return [
      `--kubeconfig=${kubeconfigFile(folder, 'kube-controller-manager')}`,
      '--use-service-account-credentials',
      `--service-account-private-key-file=${pkiFile(folder, 'service-account.key')}`,
      `--root-ca-file=${pkiFile(folder, 'ca.crt')}`,
      `--cluster-signing-cert-file=${pkiFile(folder, 'ca.crt')}`,
      `--cluster-signing-key-file=${pkiFile(folder, 'ca.key')}`,
      '--leader-elect=false',
      '--secure-port=0',
      // At the default of 20 a second, the controllers' own service accounts alone take four seconds.
      '--kube-api-qps=1000',
      '--kube-api-burst=1000',
      ...featureGates(settings),
    ]
  },
  'kube-scheduler': (settings: ServerSettings) => [
    `--kubeconfig=${kubeconfigFile(settings.folder, 'kube-scheduler')}`,
    '--leader-elect=false',
    '--secure-port=0',
    ...featureGates(settings),
  ],
} as const

/** A server of the control plane. */
export type ServerName = keyof typeof serverArguments

const featureGates = (settings: ServerSettings): readonly string[] => {
  const gates = Object.entries(settings.featureGates).map(([name, on]) => `${name}=${on}`)
  return gates.length === 0 ? [] : [`--feature-gates=${gates.join(',')}`]
}
