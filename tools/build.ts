// Builds the release: JavaScript in dist/ by tsc. The YAML, schemas and manifests are shipped as they are.
import { spawnSync } from 'node:child_process'
import { chmodSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
rmSync(join(root, 'dist'), { recursive: true, force: true })
const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
const packed = spawnSync(process.execPath, [join(root, 'tools', 'presets.ts')], {
  cwd: root,
  stdio: 'inherit',
})
if (packed.status !== 0) process.exit(packed.status ?? 1)
const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], {
  cwd: root,
  stdio: 'inherit',
})
if (status === 0) chmodSync(join(root, 'dist', 'src', 'main.js'), 0o755)
process.exitCode = status ?? 1
