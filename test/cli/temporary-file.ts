// Files for one test file, in a folder that goes when its tests are done.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'

/** Writes a file and gives its path. */
export function createTemporaryFiles(): (name: string, text: string) => string {
  const folder = mkdtempSync(join(tmpdir(), 'kaito-native-cli-'))
  after(() => rmSync(folder, { recursive: true }))
  return (name, text) => {
    const path = join(folder, name)
    writeFileSync(path, text)
    return path
  }
}
