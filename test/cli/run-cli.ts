// Runs one command line in this process, as main.ts does, and keeps what it prints.
import { readFileSync } from 'node:fs'
import type { Io } from '../../src/cli/io.ts'
import { runProgram } from '../../src/cli/program.ts'

export interface CliOutcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** `kaito-native ARGS…` with or without a terminal that has colours; `serve` and `demo` are not there. */
export async function runCli(args: readonly string[], colours = false): Promise<CliOutcome> {
  const out: string[] = []
  const err: string[] = []
  const io: Io = { out: text => out.push(text), err: line => err.push(`${line}\n`), colours }
  const code = await runProgram(args, {
    version: '1.2.3',
    io,
    serve: absent,
    demo: absent,
    status: async options => (await import('../../src/cli/status.ts')).runStatus(options, io),
    release: async options => (await import('../../src/cli/release.ts')).runRelease(options, io),
  })
  return { code, stdout: out.join(''), stderr: err.join('') }
}

function absent(): Promise<number> {
  return Promise.reject(new Error('no part of these tests'))
}

/** A file of the repository, by its path from the root. */
export function repositoryFile(path: string): URL {
  return new URL(`../../${path}`, import.meta.url)
}

/** The text of a file of the repository. */
export function readRepositoryFile(path: string): string {
  return readFileSync(repositoryFile(path), 'utf8')
}
