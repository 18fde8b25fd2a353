// Pipeline: cli. What the threads of `serve` say to each other.
import type { ServeConfig } from '../config.ts'
import type { KubeEnvironment } from '../kube/kubeconfig.ts'

/** What the controller's thread starts with. */
export interface ControllerThreadData {
  readonly config: ServeConfig
  readonly environment: KubeEnvironment
}

/** To the controller's thread. */
export type ControllerOrder =
  { readonly type: 'stop' } | { readonly type: 'render-metrics'; readonly id: number }

/** From the controller's thread. */
export type ControllerMessage =
  { readonly type: 'synced' } | { readonly type: 'metrics'; readonly id: number; readonly text: string }
