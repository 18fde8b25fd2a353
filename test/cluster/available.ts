// What a test file that needs the control plane begins with. Where none can be had its tests are skipped, with the reason
// in one line; in CI (CI=true) that is a failure, so that nothing there is skipped unseen.
import { after, afterEach, before, describe } from 'node:test'
import { controlPlaneUnavailable } from './control-plane-programs.ts'
import {
  programNames,
  startControlPlane,
  type ControlPlane,
  type ControlPlaneOptions,
} from './control-plane.ts'
import type { Keep } from './data-folder.ts'
import { nodeProgramsUnavailable } from './node-programs.ts'
import { startKubelets, startNodes, type Nodes, type NodesOptions } from './nodes.ts'

/** For the `skip` option of a suite or a test: false, or why there is no such control plane. Throws in CI. */
export const skipWithoutControlPlane = async (
  options: ControlPlaneOptions = {},
  environment: NodeJS.ProcessEnv = process.env,
): Promise<string | false> =>
  skipBecause(
    'a control plane',
    await controlPlaneUnavailable(programNames(options), environment),
    environment,
  )

/** As skipWithoutControlPlane, for a control plane with Karpenter and KWOK. */
export const skipWithoutKarpenter = async (
  options: ControlPlaneOptions = {},
  environment: NodeJS.ProcessEnv = process.env,
): Promise<string | false> =>
  (await skipWithoutControlPlane(options, environment)) ||
  skipBecause('Karpenter and KWOK', await nodeProgramsUnavailable(environment), environment)

/** A suite with one control plane for its tests, or a skipped one; the logs are kept if a test fails. */
export const describeWithControlPlane = async (
  name: string,
  options: ControlPlaneOptions,
  defineTests: (plane: () => ControlPlane) => void,
): Promise<void> => {
  const skip = await skipWithoutControlPlane(options)
  const start = async (): Promise<Running<ControlPlane>> => {
    const plane = await startControlPlane(options)
    return { value: plane, stop: keep => plane.stop({ keep }) }
  }
  describeWith(name, skip, start, defineTests)
}

/** As describeWithControlPlane, with Karpenter and KWOK on it: claims get nodes, pods on them run. */
export const describeWithKarpenter = async (
  name: string,
  options: ControlPlaneOptions & NodesOptions,
  defineTests: (plane: () => ControlPlane, nodes: () => Nodes) => void,
): Promise<void> => {
  const skip = await skipWithoutKarpenter(options)
  const start = async (): Promise<Running<{ plane: ControlPlane; nodes: Nodes }>> => {
    const plane = await startControlPlane(options)
    const stopPlane = (keep: Keep): Promise<void> => plane.stop({ keep })
    try {
      const nodes = await startNodes(plane, options)
      return {
        value: { plane, nodes },
        stop: async keep => {
          await nodes.stop()
          await stopPlane(keep)
        },
      }
    } catch (error) {
      await stopPlane('logs')
      throw error
    }
  }
  describeWith(name, skip, start, running =>
    defineTests(
      () => running().plane,
      () => running().nodes,
    ),
  )
}

/** As describeWithControlPlane, with KWOK on it: pods run on the nodes that a test makes. */
export const describeWithKubelets = async (
  name: string,
  options: ControlPlaneOptions,
  defineTests: (plane: () => ControlPlane) => void,
): Promise<void> => {
  const skip = await skipWithoutKarpenter(options)
  const start = async (): Promise<Running<ControlPlane>> => {
    const plane = await startControlPlane(options)
    try {
      const kubelets = await startKubelets(plane)
      const stop = async (keep: Keep): Promise<void> => {
        await kubelets.stop()
        await plane.stop({ keep })
      }
      return { value: plane, stop }
    } catch (error) {
      await plane.stop({ keep: 'logs' })
      throw error
    }
  }
  describeWith(name, skip, start, defineTests)
}

interface Running<T> {
  readonly value: T
  readonly stop: (keep: Keep) => Promise<void>
}

const describeWith = <T>(
  name: string,
  skip: string | false,
  start: () => Promise<Running<T>>,
  defineTests: (running: () => T) => void,
): void => {
  describe(name, { skip }, () => {
    let running: Running<T> | undefined
    let failed = false
    before(async () => {
      running = await start()
    })
    afterEach(context => {
      failed ||= 'passed' in context && !context.passed
    })
    after(async () => {
      await running?.stop(failed ? 'logs' : 'nothing')
    })
    defineTests(() => {
      if (running === undefined) throw new Error('the control plane runs only while a test does')
      return running.value
    })
  })
}

const skipBecause = (
  what: string,
  reason: string | undefined,
  environment: NodeJS.ProcessEnv,
): string | false => {
  if (reason === undefined) return false
  const message = `needs ${what}: ${reason}`
  if (isCi(environment)) throw new Error(`${message}; in CI nothing may be skipped`)
  return message
}

const isCi = ({ CI }: NodeJS.ProcessEnv): boolean => CI !== undefined && !['', '0', 'false'].includes(CI)
