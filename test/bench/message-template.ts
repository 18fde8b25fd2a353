// One message of the load generator with the marks of review.ts found once, so that a request costs a copy and no search.
import { CONFIG_MARK, NAME_MARK } from './review.ts'

/** The message with these digits in it. */
export type Template = (name: string, config: string) => Buffer

/** Finds the marks in the bytes. */
export function createTemplate(message: Buffer): Template {
  const names = positionsOf(message, NAME_MARK)
  const configs = positionsOf(message, CONFIG_MARK)
  return (name, config) => {
    const filled = Buffer.from(message)
    for (const position of names) filled.write(name, position, 'latin1')
    for (const position of configs) filled.write(config, position, 'latin1')
    return filled
  }
}

function positionsOf(message: Buffer, mark: string): readonly number[] {
  const positions: number[] = []
  for (let at = message.indexOf(mark); at >= 0; at = message.indexOf(mark, at + mark.length))
    positions.push(at)
  return positions
}
