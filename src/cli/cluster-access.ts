// Pipeline: cli. The way of a command to a cluster: kubeconfig → client and namespace; what the API server refuses, or that
// it is not there, is told in one line.
import { createKubeClient, type KubeClient } from '../kube/client.ts'
import { isTransient } from '../kube/errors.ts'
import { currentNamespace, loadKubeConfig, type KubeEnvironment } from '../kube/kubeconfig.ts'
import { CommandError } from './io.ts'
import { explainFailure, withKubeconfigErrors } from './serve-failure.ts'

/** The flags of every command that talks to a cluster. */
export interface ClusterOptions {
  readonly kubeconfig?: string
  readonly namespace?: string
}

/** What such a command works with. */
export interface ClusterAccess {
  readonly client: KubeClient
  /** The one that is named, else that of the context. */
  readonly namespace: string
}

/** Runs `work` with a client that is closed afterwards. Rejects with a CommandError unless it is a bug. */
export async function withCluster<T>(
  { kubeconfig, namespace }: ClusterOptions,
  environment: KubeEnvironment,
  work: (access: ClusterAccess) => Promise<T>,
): Promise<T> {
  const client = createKubeClient(withKubeconfigErrors(() => loadKubeConfig(kubeconfig, environment)))
  try {
    return await work({ client, namespace: namespace ?? currentNamespace(kubeconfig, environment) })
  } catch (error) {
    throw isTransient(error) ? new CommandError([error.message]) : explainFailure(error)
  } finally {
    client.close()
  }
}
