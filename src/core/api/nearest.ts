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
 * Slips count 1 each. What shortens a candidate (`phi-4-mini` of `phi-4-mini-instruct`, `Standard_NC24_A100` of
 * `Standard_NC24ads_A100_v4`) ranks behind one or two slips, shortest first, and before three and four.
 */
function scoreOf(word: string, candidate: string): number | undefined {
  const slips = slipsBetween(word, candidate)
  if (slips !== undefined && slips <= FEW_SLIPS) return slips
  if (isShortened(word, candidate)) return FEW_SLIPS + candidate.length / LONGEST_WORD
  return slips
}

/** More than two are seldom slips where the word is also another name's beginning. */
const FEW_SLIPS = 2

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

/** Each part of the word begins a part of the candidate, in order, the first the first. */
function isShortened(word: string, candidate: string): boolean {
  if (word.length < SHORTEST_BEGINNING || candidate.length > LONGEST_WORD) return false
  if (candidate.startsWith(word)) return true
  const [first = '', ...others] = partsOf(word)
  const [candidateFirst = '', ...rest] = partsOf(candidate)
  if (first.length < SHORTEST_BEGINNING || !candidateFirst.startsWith(first)) return false
  let left = rest
  return others.every(part => {
    const found = left.findIndex(one => one.startsWith(part))
    left = left.slice(found + 1)
    return found >= 0
  })
}

function partsOf(text: string): readonly string[] {
  return text.split(/[-_]/)
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
