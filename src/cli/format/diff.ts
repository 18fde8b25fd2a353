// Pipeline: cli. What changes, as a unified diff that a person reads in a terminal.
import { styleText } from 'node:util'
import { createTwoFilesPatch } from 'diff'
import type { Io } from '../io.ts'
import type { Rendered, RenderOptions } from '../render.ts'
import { formatYaml, joinDocuments } from './yaml.ts'

const CONTEXT_LINES = 3
/** `--- FILE` and `+++ FILE`; a `---` further down is a document's. */
const HEADER_LINES = 2

export function formatDiff(
  rendered: Rendered,
  { file }: Pick<RenderOptions, 'file'>,
  { colours }: Pick<Io, 'colours'>,
): string {
  const before = joinDocuments(rendered.documents.map(({ text }) => text))
  const after = formatYaml(rendered)
  if (before === after) return ''
  const name = file === '-' ? 'stdin' : file
  const patch = createTwoFilesPatch(name, `${name} (rendered)`, before, after, '', '', {
    context: CONTEXT_LINES,
  })
  const lines = patch.split('\n').filter(line => !line.startsWith('====='))
  return colours ? lines.map(paint).join('\n') : lines.join('\n')
}

function paint(line: string, index: number): string {
  const always = { validateStream: false }
  if (index < HEADER_LINES) return styleText('bold', line, always)
  if (line.startsWith('@@')) return styleText('cyan', line, always)
  if (line.startsWith('+')) return styleText('green', line, always)
  return line.startsWith('-') ? styleText('red', line, always) : line
}
