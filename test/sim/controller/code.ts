// Simulator: the code under test, loaded from a folder: src itself, or a copy of it with a mistake put in.
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { ControllerCode } from './parts.ts'

export const SOURCE = join(import.meta.dirname, '../../../src')

/** Caches, planner, executor and clock out of this folder; everything else of the simulator stays as it is. */
export async function loadControllerCode(folder: string = SOURCE): Promise<ControllerCode> {
  const load = async (file: string): Promise<object> => import(pathToFileURL(join(folder, file)).href)
  const files = ['controller/cluster-cache.ts', 'controller/rounds.ts', 'kube/server-clock.ts']
  return Object.assign({}, ...(await Promise.all(files.map(load)))) as ControllerCode
}
