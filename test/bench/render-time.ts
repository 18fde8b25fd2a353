// How long one `render` takes, as a person at a terminal waits for it: the built program, from start to end.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { MAIN } from './built.ts'

const SAMPLE = join(import.meta.dirname, '..', '..', 'manifests', 'samples', 'phi-4-mini.yaml')
const RUNS = 9

/** Seconds of each run. Throws where it does not print the rendered file. */
export function measureRender(): readonly number[] {
  return Array.from({ length: RUNS }, () => {
    const startedMs = performance.now()
    const { status, stdout } = spawnSync(process.execPath, [MAIN, 'render', '-f', SAMPLE], {
      encoding: 'utf8',
    })
    const seconds = (performance.now() - startedMs) / 1000
    if (status !== 0 || !stdout.includes('kaito-base')) throw new Error('render did not render')
    return seconds
  })
}
