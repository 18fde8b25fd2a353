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

/** For the `skip` option of a suite or a test: false, or why there is no such control plane. Throws in CI. */
export const skipWithoutControlPlane = async (
  options: ControlPlaneOptions = {},
  environment: NodeJS.ProcessEnv = process.env,
): Promise<string | false> => {
  const reason = await controlPlaneUnavailable(programNames(options), environment)
  if (reason === undefined) return false
  const message = `needs a control plane: ${reason}`
  if (isCi(environment)) throw new Error(`${message}; in CI nothing may be skipped`)
  return message
}

/** A suite with one control plane for its tests, or a skipped one; the logs are kept if a test fails. */
export const describeWithControlPlane = async (
  name: string,
  options: ControlPlaneOptions,
  defineTests: (plane: () => ControlPlane) => void,
): Promise<void> => {
  const skip = await skipWithoutControlPlane(options)
  describe(name, { skip }, () => {
    let plane: ControlPlane | undefined
    let failed = false
    before(async () => {
      plane = await startControlPlane(options)
    })
    afterEach(context => {
      failed ||= 'passed' in context && !context.passed
    })
    after(async () => {
      await plane?.stop({ keep: failed ? 'logs' : 'nothing' })
    })
    defineTests(() => {
      if (plane === undefined) throw new Error('the control plane runs only while a test does')
      return plane
    })
  })
}

const isCi = ({ CI }: NodeJS.ProcessEnv): boolean => CI !== undefined && !['', '0', 'false'].includes(CI)
