// Where Karpenter and KWOK come from: our own builds, and nothing else, as Karpenter is changed for tests.
import { builtPrograms, moduleFolder } from './build.ts'
import type { Program } from './bound-process.ts'
import { findToolchain } from './go.ts'
import { karpenterModule, kwokModule } from './modules.ts'

/** Why Karpenter and KWOK cannot be had; undefined if they can. */
export const nodeProgramsUnavailable = async (
  environment: NodeJS.ProcessEnv = process.env,
): Promise<string | undefined> => {
  const toolchain = await findToolchain(moduleFolder(karpenterModule), environment)
  return 'missing' in toolchain ? toolchain.missing : undefined
}

/** Karpenter and KWOK; the first call on a machine builds them, which takes minutes. */
export const nodePrograms = async (
  environment: NodeJS.ProcessEnv = process.env,
): Promise<{ readonly karpenter: Program; readonly kwok: Program }> => {
  const karpenter = await builtPrograms(karpenterModule, environment)
  const kwok = await builtPrograms(kwokModule, environment)
  return { karpenter: karpenter('karpenter'), kwok: kwok('kwok') }
}
