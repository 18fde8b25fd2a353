// A suite with a real control plane, real Karpenter and KWOK, and a real `serve` with its controller.
import { after, before } from 'node:test'
import { createApi, type Api } from '../admission/api.ts'
import { startServe, type ServeProcess } from '../admission/serve-process.ts'
import { describeWithKarpenter } from '../cluster/available.ts'
import type { ControlPlane } from '../cluster/control-plane.ts'
import type { Nodes, NodesOptions } from '../cluster/nodes.ts'
import { createEyes, type Eyes } from './eyes.ts'

export interface Cluster extends Api, Eyes {
  readonly plane: ControlPlane
  readonly nodes: Nodes
  readonly serve: ServeProcess
}

export interface SuiteOptions extends NodesOptions {
  /** Flags of `serve`, in addition to the address of everything. */
  readonly flags?: readonly string[]
  /** What exists before kaito-native is installed. */
  readonly beforeServe?: (api: Api, plane: ControlPlane) => Promise<void>
}

/** Nodes are given back soon, so that tests see it. */
export const IDLE_GRACE = ['--idle-grace', '2s']

/** One control plane with Karpenter, KWOK and `serve` for all tests of the suite. */
export async function describeWithController(
  name: string,
  { flags = IDLE_GRACE, beforeServe, ...options }: SuiteOptions,
  defineTests: (cluster: () => Cluster) => void,
): Promise<void> {
  await describeWithKarpenter(name, options, (plane, nodes) => {
    let cluster: Cluster | undefined
    before(async () => {
      const api = createApi(plane())
      await api.createNamespace('kaito-system')
      await beforeServe?.(api, plane())
      const serve = await startServe(plane(), flags)
      cluster = { ...api, ...createEyes(plane(), api), plane: plane(), nodes: nodes(), serve }
    })
    after(async () => {
      await cluster?.serve.kill()
    })
    defineTests(() => {
      if (cluster === undefined) throw new Error('serve runs only while a test does')
      return cluster
    })
  })
}
