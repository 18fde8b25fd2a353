// Pipeline: cli. Findings for people and logs: one line each, begun as compilers do, so that editors and CI find the place.
import type { Finding } from '../findings.ts'
import { formatPlace } from '../place.ts'
import type { Validation } from '../validate.ts'

/** `FILE:LINE:COLUMN: error: FIELD: MESSAGE (CODE, POLICY)`. */
export function findingLine({ level, code, policy, message, place }: Finding): string {
  const names = [code, policy].filter(name => name !== undefined).join(', ')
  return `${formatPlace(place)}: ${level}: ${firstLine(message)}${names === '' ? '' : ` (${names})`}`
}

/** All of them. */
export function formatFindings({ findings }: Pick<Validation, 'findings'>): string {
  return findings.map(finding => `${findingLine(finding)}\n`).join('')
}

/** A few messages go on with an example of several lines, which the other formats have. */
function firstLine(message: string): string {
  const [first = '', ...others] = message.split('\n')
  return others.length === 0 ? first : `${first} …`
}
