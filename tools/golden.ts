// Tool. The golden pairs under test/golden: `node tools/golden.ts` names those that are stale, `--write` writes them anew.
// Read the difference before you commit it: it is what users will see.
import { rmSync, writeFileSync } from 'node:fs'
import { goldenCases, goldenPath, recorded, rendered, type GoldenFiles } from '../test/golden/cases.ts'

const write = process.argv.includes('--write')

for (const one of goldenCases()) {
  const before = recorded(one)
  const now = await rendered(one)
  for (const file of ['decision.json', 'output.yaml'] as const) {
    if (before[file] === now[file]) continue
    process.stdout.write(`${write ? 'written' : 'stale'}: test/golden/${one.name}/${file}\n`)
    if (write) replace(goldenPath(one, file), now[file])
    else process.exitCode = 1
  }
}

function replace(path: string, text: GoldenFiles['output.yaml']): void {
  if (text === undefined) rmSync(path)
  else writeFileSync(path, text)
}
