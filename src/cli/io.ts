// Pipeline: cli. The process as commands see it: data on stdout, everything else on stderr.
import { readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'

export interface Io {
  /** Data that scripts may rely on. */
  readonly out: (text: string) => void
  /** Warnings, errors, progress: one line each. */
  readonly err: (line: string) => void
  /** Colours are welcome on stdout. */
  readonly colours: boolean
}

/** A user's mistake that ends a command: told on stderr without a stack trace, exit code 1. */
export class CommandError extends Error {
  readonly lines: readonly string[]

  constructor(lines: readonly string[]) {
    super(lines.join('\n'))
    this.lines = lines
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EISDIR: 'is a folder, not a file',
  EACCES: 'permission denied',
}

/** The text of a file, or of stdin for `-`: as a stream, because whoever writes into the pipe may take its time. */
export async function readInput(file: string): Promise<string> {
  try {
    return file === '-' ? await text(process.stdin) : readFileSync(file, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    throw new CommandError([`${file}: cannot be read: ${REASONS[code] ?? code}`])
  }
}
