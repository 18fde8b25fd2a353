// Which instance types Karpenter's KWOK provider refuses or delivers late: the file that karpenter/shortage.go reads at
// each launch. Each setter replaces what it had set before.
import { writeFileSync, renameSync } from 'node:fs'

/** The levers of a test on the supply of machines. */
export interface Shortages {
  readonly scarce: {
    /** These types and no others are refused, with a message for Karpenter's event or a sensible one. */
    readonly set: (types: Readonly<Record<string, string | undefined>>) => void
  }
  readonly slow: {
    /** Nodes of these types and no others register only after so many seconds. A type that is scarce too is refused. */
    readonly set: (seconds: Readonly<Record<string, number>>) => void
  }
}

/** Nothing is short yet. */
export const createShortages = (file: string): Shortages => {
  let scarce: Readonly<Record<string, string | undefined>> = {}
  let slow: Readonly<Record<string, number>> = {}
  // Karpenter may read at any moment, so the file changes as a whole.
  const write = (): void => {
    writeFileSync(`${file}.new`, renderShortages(scarce, slow))
    renameSync(`${file}.new`, file)
  }
  write()
  return {
    scarce: {
      set: types => {
        scarce = types
        write()
      },
    },
    slow: {
      set: seconds => {
        slow = seconds
        write()
      },
    },
  }
}

/** The text of the file; of two lines with one type the last counts. */
export const renderShortages = (
  scarce: Readonly<Record<string, string | undefined>>,
  slow: Readonly<Record<string, number>>,
): string => {
  const lines = [
    ...Object.entries(slow).map(([type, seconds]) => `${type} slow=${seconds}`),
    ...Object.entries(scarce).map(([type, message]) => (message ? `${type} ${oneLine(message)}` : type)),
  ]
  return lines.map(line => `${line}\n`).join('')
}

const oneLine = (message: string): string => message.replaceAll(/\s+/g, ' ').trim()
