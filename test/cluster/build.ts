// Builds a Go module of ours into the cache, once. A build appears in the cache by one rename, so what is there is whole;
// the lock only saves a second build at the same time. An interrupted build leaves a folder that the next one removes.
import { rmSync } from 'node:fs'
import { access, mkdir, mkdtemp, readdir, readFile, rename, symlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Program } from './bound-process.ts'
import { buildInputs, cacheFolder, cacheKey } from './cache.ts'
import { findToolchain, goBuild } from './go.ts'
import { withLock } from './lock.ts'
import type { GoModule } from './modules.ts'
import { onProcessEnd } from './process-end.ts'
import { showProgress } from './progress.ts'

/** A program by its name. */
export type Programs = (name: string) => Program

/** Programs that lie in one folder. */
export const programsIn =
  (folder: string, watchesLifeline: boolean): Programs =>
  name => ({ path: join(folder, name), watchesLifeline })

/** The programs of a module of ours, from the cache or built now. */
export const builtPrograms = async (
  module: GoModule,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Programs> => {
  const source = moduleFolder(module)
  const toolchain = await findToolchain(source, environment)
  if ('missing' in toolchain) throw new Error(`${module.title} cannot be built: ${toolchain.missing}`)
  const key = cacheKey(await buildInputs(module, source, toolchain))
  const built = join(cacheFolder(module, environment), key)
  if (!(await exists(built))) await buildOnce(module, built, environment)
  return programsIn(built, module.watchesLifeline)
}

/** Where the sources of a module are. */
export const moduleFolder = (module: GoModule): string =>
  fileURLToPath(new URL(module.folder, import.meta.url))

/** Whether there is a file or folder at this path. */
export const exists = async (path: string): Promise<boolean> => {
  try {
    await access(path)
    return true
  } catch {
    return false
  }
}

const buildOnce = async (module: GoModule, built: string, environment: NodeJS.ProcessEnv): Promise<void> => {
  await mkdir(dirname(built), { recursive: true })
  const waiting = `waiting for another process that builds ${module.title}`
  await withLock(`${built}.lock`, waiting, async () => {
    if (!(await exists(built))) await buildInto(built, module, environment)
  })
}

const buildInto = async (built: string, module: GoModule, environment: NodeJS.ProcessEnv): Promise<void> => {
  const prefix = `${built}.building-`
  await removeInterruptedBuilds(prefix)
  const workshop = await mkdtemp(prefix)
  const forget = onProcessEnd(() => remove(workshop))
  try {
    using _ = showProgress(`building ${module.title} (first time, ${module.firstBuild})`)
    await rename(await buildIn(workshop, module, environment), built)
  } finally {
    forget()
    remove(workshop)
  }
}

// Only the holder of the lock comes here, so no folder of this kind belongs to a build that still runs.
const removeInterruptedBuilds = async (prefix: string): Promise<void> => {
  const names = await readdir(dirname(prefix))
  for (const name of names) if (name.startsWith(basename(prefix))) remove(join(dirname(prefix), name))
}

const remove = (folder: string): void =>
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })

const buildIn = async (
  workshop: string,
  module: GoModule,
  environment: NodeJS.ProcessEnv,
): Promise<string> => {
  const source = moduleFolder(module)
  const [programs, temporaryFolder] = [join(workshop, 'programs'), join(workshop, 'temporary')]
  await Promise.all([mkdir(programs), mkdir(temporaryFolder)])
  await goBuild({
    folder: source,
    packagePath: module.packagePath,
    tags: module.tags ?? [],
    linkFlags: module.linkFlags(await readFile(join(source, 'go.mod'), 'utf8')),
    output: join(programs, module.name),
    temporaryFolder,
    environment,
  })
  // The binary answers to each of its names, so the folder is also what KUBEBUILDER_ASSETS may point to.
  const otherNames = module.programs.filter(name => name !== module.name)
  await Promise.all(otherNames.map(name => symlink(module.name, join(programs, name))))
  return programs
}
