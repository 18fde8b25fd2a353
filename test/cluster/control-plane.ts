// A real Kubernetes control plane on loopback: etcd, kube-apiserver, kube-controller-manager, kube-scheduler, without nodes.
// RBAC is on, admission plugins are the default ones. Nothing of it outlives this process, however that ends.
import { join } from 'node:path'
import { createApiClient, type ApiClient } from './api-client.ts'
import type { Programs } from './build.ts'
import type { Identity } from './certificates.ts'
import { controlPlanePrograms } from './control-plane-programs.ts'
import { createDataFolder, type Keep } from './data-folder.ts'
import { apiServerUrl, kubeconfigFile, type ServerName, type ServerSettings } from './flags.ts'
import { runKubectl, type KubectlOptions, type KubectlResult } from './kubectl.ts'
import { createPki, type Pki } from './pki.ts'
import { freePort } from './ports.ts'
import { answers, createServers, isEtcdHealthy, type Servers } from './servers.ts'

/** Everything has a default. */
export interface ControlPlaneOptions {
  /** Where the logs of this control plane alone go, and stay; in the data folder if absent. */
  readonly logFolder?: string
  /** Run kube-controller-manager and kube-scheduler (default). Without them no namespace has a service account, so no pod can be created. */
  readonly controllers?: boolean
  /** Feature gates of all Kubernetes servers. */
  readonly featureGates?: Readonly<Record<string, boolean>>
}

/** A running control plane. */
export interface ControlPlane extends AsyncDisposable {
  /** The API server. */
  readonly url: string
  /** The data folder. */
  readonly folder: string
  /** One file for each server. */
  readonly logFolder: string
  /** Path of the administrator's kubeconfig. */
  readonly kubeconfig: string
  /** Path of a new kubeconfig for a user, who may do only what RBAC grants. */
  readonly kubeconfigFor: (identity: Identity) => Promise<string>
  /** Runs the real kubectl, as the administrator unless told otherwise. */
  readonly kubectl: (args: readonly string[], options?: KubectlOptions) => Promise<KubectlResult>
  /** A request as the administrator, without the cost of a kubectl process. */
  readonly request: ApiClient['request']
  /** Ends all processes and removes the data folder, or keeps the logs or all of it for a look. Harmless when repeated. */
  readonly stop: (options?: { readonly keep?: Keep }) => Promise<void>
}

const controllerNames: readonly ServerName[] = ['kube-controller-manager', 'kube-scheduler']
const startAttempts = 3

/** The programs that such a control plane is made of. */
export const programNames = ({ controllers = true }: ControlPlaneOptions): readonly string[] => [
  'etcd',
  'kube-apiserver',
  ...(controllers ? controllerNames : []),
  'kubectl',
]

/** Starts a control plane, several at once if asked; where that was never done, it is built first. */
export const startControlPlane = async (options: ControlPlaneOptions = {}): Promise<ControlPlane> => {
  const programs = await controlPlanePrograms(programNames(options))
  return await startOnFreePorts(programs, options, startAttempts)
}

// A port that was free when it was chosen may be taken when the server listens on it.
const startOnFreePorts = async (
  programs: Programs,
  options: ControlPlaneOptions,
  attemptsLeft: number,
): Promise<ControlPlane> => {
  try {
    return await start(programs, options)
  } catch (error) {
    const portTaken = error instanceof Error && error.message.includes('address already in use')
    if (!portTaken || attemptsLeft === 1) throw error
    return await startOnFreePorts(programs, options, attemptsLeft - 1)
  }
}

const start = async (programs: Programs, options: ControlPlaneOptions): Promise<ControlPlane> => {
  const [folder, etcdPort, apiServerPort] = await Promise.all([createDataFolder(), freePort(), freePort()])
  const settings = { folder, etcdPort, apiServerPort, featureGates: options.featureGates ?? {} }
  const logFolder = options.logFolder ?? join(folder, 'logs')
  const servers = await createServers(programs, settings, logFolder)
  try {
    servers.start('etcd')
    const pki = await createPki(folder, apiServerUrl(settings))
    const client = createApiClient(pki.endpoint, pki.admin)
    await startKubernetes(servers, settings, client, options.controllers ?? true)
    return createControlPlane(programs, settings, logFolder, servers, pki, client)
  } catch (error) {
    await servers.stop('logs')
    throw error
  }
}

const startKubernetes = async (
  servers: Servers,
  settings: ServerSettings,
  client: ApiClient,
  controllers: boolean,
): Promise<void> => {
  await servers.untilReady('etcd', () => isEtcdHealthy(settings))
  servers.start('kube-apiserver')
  if (controllers) controllerNames.forEach(servers.start)
  await servers.untilReady('kube-apiserver', () => answers(client, '/readyz'))
  const serviceAccount = '/api/v1/namespaces/default/serviceaccounts/default'
  if (controllers) await servers.untilReady('kube-controller-manager', () => answers(client, serviceAccount))
}

const createControlPlane = (
  programs: Programs,
  settings: ServerSettings,
  logFolder: string,
  servers: Servers,
  pki: Pki,
  client: ApiClient,
): ControlPlane => {
  const { folder } = settings
  const kubeconfig = kubeconfigFile(folder, 'admin')
  const stop: ControlPlane['stop'] = async ({ keep = 'nothing' } = {}) => {
    client.close()
    await servers.stop(keep)
  }
  return {
    url: apiServerUrl(settings),
    folder,
    logFolder,
    kubeconfig,
    kubeconfigFor: pki.kubeconfigFor,
    kubectl: (args, options) =>
      runKubectl(programs('kubectl'), join(folder, 'home'), args, { kubeconfig, ...options }),
    request: client.request,
    stop,
    [Symbol.asyncDispose]: () => stop(),
  }
}
