// Pipeline: vocabulary. "Did you mean": the candidates that are a slip of the keyboard away from a word, or that
// it shortens, part by part. Bounded for any input: a long word is compared with nothing.

/** Longer words are not typing mistakes, and the comparison is quadratic. */
const LONGEST_WORD = 200

interface Scored {
  readonly candidate: string
  readonly score: number
}

/** The nearest candidate, or undefined when nothing is near; case aside, and the first of equals. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  return nearestFew(word, candidates, 1)[0]
}

/** At most `limit` candidates that are near, nearest first. */
export function nearestFew(word: string, candidates: Iterable<string>, limit: number): readonly string[] {
  const lower = word.toLowerCase()
  if (lower === '' || lower.length > LONGEST_WORD) return []
  const scored: Scored[] = []
  for (const candidate of candidates) {
    const score = scoreOf(lower, candidate.toLowerCase())
    if (score !== undefined) scored.push({ candidate, score })
  }
  return scored
    .toSorted((a, b) => a.score - b.score)
    .slice(0, limit)
    .map(one => one.candidate)
}

/**
 * Lower is nearer. Slips count 1 each; what shortens a candidate ranks among them, the shortest candidate first:
 *
 * | the word                                   | for example                                      | rank            |
 * |--------------------------------------------|--------------------------------------------------|-----------------|
 * | begins the candidate, separators aside     | `Standard_NC24`, `phi4-mini`                     | before any slip |
 * | begins its parts, the first one too        | `Standard_NC24_A100` of `Standard_NC24ads_A100_v4` | after one slip  |
 * | begins later parts of it                   | `h100` of `Standard_NC40ads_H100_v5`             | after two slips |
 */
function scoreOf(word: string, candidate: string): number | undefined {
  const slips = slipsBetween(word, candidate)
  const shortened = shorteningOf(word, candidate)
  if (shortened === undefined) return slips
  return Math.min(slips ?? Infinity, shortened + candidate.length / LONGEST_WORD)
}

function slipsBetween(word: string, candidate: string): number | undefined {
  const allowed = allowedSlips(word.length)
  if (Math.abs(word.length - candidate.length) > allowed) return undefined
  const distance = editDistance(word, candidate)
  return distance <= allowed ? distance : undefined
}

/** About one slip for each three letters, so that a short word is not "near" to every other short word; at most four. */
function allowedSlips(length: number): number {
  return Math.min(4, Math.floor((length + 1) / 3))
}

const SHORTEST_BEGINNING = 3

/** After how many slips it ranks; undefined where the word shortens nothing. */
function shorteningOf(word: string, candidate: string): number | undefined {
  if (word.length < SHORTEST_BEGINNING || candidate.length >= LONGEST_WORD) return undefined
  if (withoutSeparators(candidate).startsWith(withoutSeparators(word))) return 0
  const parts = partsOf(word)
  const [first, ...rest] = partsOf(candidate)
  if (first === undefined || (parts[0] ?? '').length < SHORTEST_BEGINNING) return undefined
  if (first.startsWith(parts[0] ?? '')) return beginEach(parts.slice(1), rest) ? 1 : undefined
  return beginEach(parts, rest) ? 2 : undefined
}

/** Each begins one of the candidates', in order. */
function beginEach(parts: readonly string[], candidates: readonly string[]): boolean {
  let left = candidates
  return parts.every(part => {
    const found = left.findIndex(one => one.startsWith(part))
    left = left.slice(found + 1)
    return found >= 0
  })
}

function partsOf(text: string): readonly string[] {
  return text.split(/[-_]/)
}

function withoutSeparators(text: string): string {
  return text.replaceAll(/[-_.]/g, '')
}

/** Optimal string alignment: insert, delete, replace, or swap two neighbours. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const replaced = at(last, column - 1) + (a[row - 1] === b[column - 1] ? 0 : 1)
      const cost = Math.min(replaced, at(last, column) + 1, at(current, column - 1) + 1)
      const swapped = isSwap(a, b, row, column) ? at(beforeLast, column - 2) + 1 : cost
      current.push(Math.min(cost, swapped))
    }
    beforeLast = last
    last = current
  }
  return at(last, b.length)
}

function isSwap(a: string, b: string, row: number, column: number): boolean {
  return row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
}

function at(costs: readonly number[], column: number): number {
  return costs[column] ?? Infinity
}
