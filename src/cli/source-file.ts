// Pipeline: cli. A file as it was read, and where in it something stands, as editors and CI count.
import type { LineCounter } from 'yaml'

/** Nodes of its documents count their offsets from its beginning. */
export interface SourceFile {
  /** As it was named on the command line. */
  readonly name: string
  readonly text: string
  readonly lines: LineCounter
}

/** Both from 1, in UTF-16 code units. */
export interface Position {
  readonly line: number
  readonly column: number
}

const BYTE_ORDER_MARK = '\ufeff'

/** Line and column of an offset; a byte order mark takes no column. */
export function positionOf({ text, lines }: SourceFile, offset: number): Position {
  const { line, col } = lines.linePos(offset)
  return { line, column: line === 1 && text.startsWith(BYTE_ORDER_MARK) ? Math.max(1, col - 1) : col }
}

/** `FILE:LINE:COLUMN`. */
export function formatPosition(file: SourceFile, offset: number): string {
  const { line, column } = positionOf(file, offset)
  return `${file.name}:${line}:${column}`
}
