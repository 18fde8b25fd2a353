// Pipeline: cli. The newcomer's film. What needs no cluster is here; the rest is in test/demo, because a real control
// plane is built from the checkout's test/cluster.
import { existsSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { styleText } from 'node:util'
import { packageRoot } from '../catalogue/package-root.ts'
import { OFFLINE_FACTS } from '../core/admit/context.ts'
import { openCatalogue } from './catalogue.ts'
import { createCoreMeans } from './core-means.ts'
import { parseDocuments } from './documents.ts'
import { formatDiff } from './format/diff.ts'
import type { Io } from './io.ts'
import { renderDocuments } from './render.ts'

export interface DemoOptions {
  /** End by itself when the film is over, instead of waiting for Ctrl-C. */
  readonly once: boolean
  readonly version: string
}

/** The second part, as test/demo/film.ts offers it. */
export type PlayFilm = (scene: { readonly sample: string; readonly io: Io } & DemoOptions) => Promise<number>

/** Runs the command; the exit code. */
export async function runDemo(options: DemoOptions, io: Io): Promise<number> {
  const sample = join(packageRoot(), 'manifests', 'samples', 'phi-4-mini.yaml')
  await showOffline(sample, io)
  const film = join(packageRoot(), 'test', 'demo', 'film.ts')
  if (!existsSync(film)) {
    io.out(
      '\nThat was the offline part. The same on a real API server comes with a checkout of the project: npm run demo\n',
    )
    return 0
  }
  const { playFilm } = (await import(pathToFileURL(film).href)) as { playFilm: PlayFilm }
  return playFilm({ ...options, sample, io })
}

async function showOffline(sample: string, io: Io): Promise<void> {
  const name = relative(process.cwd(), sample)
  const documents = parseDocuments(name, readFileSync(sample, 'utf8'))
  const rendered = renderDocuments(documents, {
    catalogue: await openCatalogue(undefined),
    facts: OFFLINE_FACTS,
    ...createCoreMeans(),
  })
  io.out(`What you write, and what kaito-native makes of it (kaito-native render -f ${name} -o diff):\n\n`)
  io.out(shortened(formatDiff(rendered, { file: name }, io)))
}

/** The plan and the command are long; the film shows that they are there, `render` shows all of them. */
const LINE_CHARACTERS = 140

function shortened(text: string): string {
  return text
    .split('\n')
    .map(line =>
      line.length > LINE_CHARACTERS
        ? `${line.slice(0, LINE_CHARACTERS)}…${line.endsWith(RESET) ? RESET : ''}`
        : line,
    )
    .join('\n')
}

/** The end of a colour that styleText begins. */
const RESET = styleText('green', '|', { validateStream: false }).split('|')[1] ?? ''
