// The Go toolchain: what it is, and one build with it.
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { promisify } from 'node:util'
import { killGroup, readAll, spawnBound } from './bound-process.ts'
import { onProcessEnd } from './process-end.ts'

/** The toolchain that builds a module (Go itself may fetch a newer one that go.mod asks for). */
export interface Toolchain {
  readonly version: string
  readonly os: string
  readonly arch: string
}

/** The toolchain for the module in `folder`, or why there is none. */
export const findToolchain = async (
  folder: string,
  environment: NodeJS.ProcessEnv,
): Promise<Toolchain | { readonly missing: string }> => {
  try {
    const { stdout } = await promisify(execFile)('go', ['env', 'GOVERSION', 'GOOS', 'GOARCH'], {
      cwd: folder,
      env: environment,
    })
    const [version = '', os = '', arch = ''] = stdout.split('\n')
    return { version, os, arch }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
      return { missing: 'there is no Go' }
    return { missing: `Go does not work: ${error instanceof Error ? error.message.trim() : String(error)}` }
  }
}

/** What to build, and where Go may put its result and its temporary files. */
export interface GoBuild {
  readonly folder: string
  readonly packagePath: string
  readonly tags: readonly string[]
  readonly linkFlags: readonly string[]
  readonly output: string
  readonly temporaryFolder: string
  readonly environment: NodeJS.ProcessEnv
}

/** Runs `go build`, which ends with this process. The binary is static, so no C compiler is needed. */
export const goBuild = async (build: GoBuild): Promise<void> => {
  const flags = [
    '-mod=readonly',
    '-buildvcs=false',
    `-tags=${build.tags.join(',')}`,
    '-ldflags',
    build.linkFlags.join(' '),
    '-o',
    build.output,
  ]
  const env = { ...build.environment, CGO_ENABLED: '0', GOWORK: 'off', GOTMPDIR: build.temporaryFolder }
  const go = spawnBound({ path: 'go', watchesLifeline: false }, ['build', ...flags, build.packagePath], {
    cwd: build.folder,
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const forget = onProcessEnd(() => killGroup(go))
  try {
    const [output, [code]] = await Promise.all([readAll(go.stderr), once(go, 'exit')])
    if (code !== 0)
      throw new Error(`go build in ${build.folder} failed:\n${output.split('\n').slice(-30).join('\n')}`)
  } finally {
    forget()
  }
}
