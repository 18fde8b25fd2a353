// Where built programs lie, outside the repository, and under which key: whatever could change the binary is in it.
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import type { Toolchain } from './go.ts'
import type { GoModule } from './modules.ts'

/** The folder of a module's builds under the user's cache folder (XDG Base Directory: a relative path is ignored). */
export const cacheFolder = (module: GoModule, environment: NodeJS.ProcessEnv): string => {
  const configured = environment['XDG_CACHE_HOME']
  const userCache =
    configured !== undefined && isAbsolute(configured)
      ? configured
      : join(environment['HOME'] ?? homedir(), '.cache')
  return join(userCache, 'kaito-native', module.name)
}

/** Sixteen hexadecimal digits over named inputs; the order of the names does not matter. */
export const cacheKey = (inputs: Readonly<Record<string, string>>): string => {
  const sorted = Object.entries(inputs).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return createHash('sha256').update(JSON.stringify(sorted)).digest('hex').slice(0, 16)
}

/** The inputs of a build: every file of the module, the link flags, the names, and the Go toolchain. */
export const buildInputs = async (
  module: GoModule,
  folder: string,
  toolchain: Toolchain,
): Promise<Record<string, string>> => {
  const names = await readdir(folder)
  const files = await Promise.all(
    names.map(async name => [name, await readFile(join(folder, name), 'utf8')] as const),
  )
  const goMod = files.find(([name]) => name === 'go.mod')?.[1] ?? ''
  return {
    ...Object.fromEntries(files),
    'package path': module.packagePath,
    'link flags': module.linkFlags(goMod).join(' '),
    ...(module.tags === undefined ? {} : { tags: module.tags.join(' ') }),
    programs: module.programs.join(' '),
    toolchain: `${toolchain.version} ${toolchain.os}/${toolchain.arch}`,
  }
}
