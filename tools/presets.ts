// Tool. Packs presets/*.yaml for quick loading (src/catalogue/packed.ts): `node tools/presets.ts` after editing them.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatCatalogueError } from '../src/catalogue/catalogue-error.ts'
import { packDirectory } from '../src/catalogue/pack.ts'
import { PACKED_FILE } from '../src/catalogue/packed.ts'
import { presetsDirectory } from '../src/catalogue/package-root.ts'

const directory = presetsDirectory()
const packed = packDirectory(directory)
if (packed.ok) {
  writeFileSync(join(directory, PACKED_FILE), packed.text)
} else {
  process.stderr.write(`${packed.errors.map(formatCatalogueError).join('\n')}\n`)
  process.exitCode = 1
}
