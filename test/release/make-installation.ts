// Packs this project and installs the tarball in an empty folder, as `npm install -g` or a Dockerfile would.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'

export const root = join(import.meta.dirname, '..', '..')
/** Of one child process: npm may have to download. */
const LIMIT_MS = 300_000

export interface Outcome {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Installation {
  /** Files of the tarball, relative to the package. */
  readonly entries: readonly string[]
  /** Where an entry was installed. */
  readonly path: (entry: string) => string
  /** Runs the installed program and returns what it prints; fails unless it exits with 0. */
  readonly run: (args: readonly string[], input?: string) => string
  /** The same for a program that may fail. */
  readonly start: (args: readonly string[]) => Outcome
  /** Runs npm in the folder. */
  readonly npm: (args: readonly string[]) => string
}

/** Packs and installs below an empty folder. */
export function makeInstallation(folder: string): Installation {
  const home = join(folder, 'home')
  mkdirSync(home)
  runChecked('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: root })
  const tarballs = readdirSync(folder).filter(file => file.endsWith('.tgz'))
  assert.equal(tarballs.length, 1)
  const tarball = join(folder, tarballs[0] ?? '')
  const npm = (args: readonly string[]): string => runChecked('npm', args, { cwd: home })
  npm(['install', '--engine-strict', '--prefer-offline', '--no-audit', '--no-fund', '--silent', tarball])
  const program = join(home, 'node_modules', '.bin', 'kaito-native')
  const env = { NODE_OPTIONS: '--no-strip-types' }
  return {
    entries: runChecked('tar', ['-tzf', tarball]).trim().split('\n').map(withoutFolder),
    path: entry => join(home, 'node_modules', 'kaito-native', entry),
    run: (args, input) =>
      runChecked(program, args, { cwd: home, env, ...(input !== undefined && { input }) }),
    start: args => start(program, args, { cwd: home, env }),
    npm,
  }
}

/** npm puts everything into a folder `package`. */
function withoutFolder(entry: string): string {
  return entry.replace(/^package\//, '')
}

interface RunOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string
}

/** What a program prints; fails unless it exits with 0. */
export function runChecked(program: string, args: readonly string[], options: RunOptions = {}): string {
  const { status, stdout, stderr } = start(program, args, options)
  assert.equal(status, 0, `${program} ${args.join(' ')}: ${stderr}`)
  return stdout
}

function start(program: string, args: readonly string[], { env, ...options }: RunOptions): Outcome {
  return spawnSync(program, args, {
    encoding: 'utf8',
    timeout: LIMIT_MS,
    maxBuffer: 64 * 1024 * 1024,
    ...options,
    env: { ...environment(), ...env },
  })
}

/** `node` is the Node that runs us, and npm does not take us for the script of another npm, whose folder it would use. */
function environment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^npm_(package|lifecycle|config_local)_|^INIT_CWD$|^NODE_/i.test(name),
  )
  return {
    ...Object.fromEntries(own),
    PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH'] ?? ''}`,
  }
}
