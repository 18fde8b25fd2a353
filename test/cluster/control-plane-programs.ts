// Where the programs of the control plane come from: KUBEBUILDER_ASSETS (envtest's convention: a folder with etcd,
// kube-apiserver, kubectl and perhaps the controllers), else our own build.
import { join } from 'node:path'
import { builtPrograms, exists, moduleFolder, programsIn, type Programs } from './build.ts'
import { findToolchain } from './go.ts'
import { controlPlaneModule } from './modules.ts'

/** Why these programs can be had neither from KUBEBUILDER_ASSETS nor from Go; undefined if they can. */
export const controlPlaneUnavailable = async (
  names: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): Promise<string | undefined> => {
  const assets = environment['KUBEBUILDER_ASSETS']
  if (assets) return await missingAssets(assets, names)
  const toolchain = await findToolchain(moduleFolder(controlPlaneModule), environment)
  return 'missing' in toolchain ? `${toolchain.missing}, and KUBEBUILDER_ASSETS is not set` : undefined
}

/** These programs of the control plane; the first call on a machine builds them, which takes minutes. */
export const controlPlanePrograms = async (
  names: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Programs> => {
  const assets = environment['KUBEBUILDER_ASSETS']
  if (!assets) return await builtPrograms(controlPlaneModule, environment)
  const missing = await missingAssets(assets, names)
  if (missing !== undefined) throw new Error(`no control plane: ${missing}`)
  return programsIn(assets, false)
}

const missingAssets = async (folder: string, names: readonly string[]): Promise<string | undefined> => {
  const found = await Promise.all(names.map(name => exists(join(folder, name))))
  const missing = names.filter((_, index) => found[index] !== true)
  if (missing.length === 0) return undefined
  return `KUBEBUILDER_ASSETS=${folder} has no ${missing.join(', ')} (unset it to have them built with Go)`
}
