// The golden pairs: what is in the folders beside this file, and what the command line makes of their inputs today.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runCli } from '../cli/run-cli.ts'

const FOLDER = import.meta.dirname

export interface GoldenCase {
  readonly name: string
  /** Path from the working directory of the repository, as messages show it. */
  readonly input: string
}

/** Every case, by name. */
export function goldenCases(): readonly GoldenCase[] {
  return readdirSync(FOLDER, { withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .map(({ name }) => ({ name, input: join(FOLDER, name, 'input.yaml') }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

/** The files that belong to a case, by name; a refused input has no output. */
export type GoldenFiles = Readonly<Partial<Record<'decision.json' | 'output.yaml', string>>>

/** What stands in the folder. */
export function recorded({ name }: GoldenCase): GoldenFiles {
  const files = ['decision.json', 'output.yaml'].filter(file => existsSync(join(FOLDER, name, file)))
  return Object.fromEntries(files.map(file => [file, readFileSync(join(FOLDER, name, file), 'utf8')]))
}

/** What `render` prints today: `-o decision`, and `-o yaml` where nothing is refused. */
export async function rendered({ input }: GoldenCase): Promise<GoldenFiles> {
  const decision = await runCli(['render', '-f', input, '-o', 'decision'])
  const output = await runCli(['render', '-f', input])
  return output.code === 0
    ? { 'decision.json': decision.stdout, 'output.yaml': output.stdout }
    : { 'decision.json': decision.stdout }
}

/** Path of a file of a case. */
export function goldenPath({ name }: GoldenCase, file: string): string {
  return join(FOLDER, name, file)
}
