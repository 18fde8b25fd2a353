// Adapter: catalogue. Where this package is installed, whether its code runs from src/ or from dist/.

import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The nearest directory above this file that holds a package.json. */
export function packageRoot(): string {
  let directory = import.meta.dirname
  while (!existsSync(join(directory, 'package.json'))) {
    const parent = dirname(directory)
    if (parent === directory) throw new Error(`no package.json above ${import.meta.dirname}`)
    directory = parent
  }
  return directory
}

/** The packaged catalogue. */
export function presetsDirectory(): string {
  return join(packageRoot(), 'presets')
}
