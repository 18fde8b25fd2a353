// Simulator: the code under test, loaded from a folder: src itself, or a copy of it with a mistake put in.
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { ControllerCode } from './parts.ts'

export const SOURCE = join(import.meta.dirname, '../../../src')

/** Caches, planner and executor out of this folder; everything else of the simulator stays as it is. */
export async function loadControllerCode(folder: string = SOURCE): Promise<ControllerCode> {
  const load = async (file: string): Promise<object> =>
    import(pathToFileURL(join(folder, 'controller', file)).href)
  const [cache, rounds] = await Promise.all([load('cluster-cache.ts'), load('rounds.ts')])
  return { ...cache, ...rounds } as ControllerCode
}
