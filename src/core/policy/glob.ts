// Pipeline: policy. `*` stands for any text, also an empty one or one with slashes; everything else stands for itself. Case
// does not count: models, hosts and instance types are found in any case. Linear, whatever the pattern: no regular expression.
import type { Globs } from './preset-policy.ts'

/** True where the pattern describes the whole text. */
export function matchesGlob(pattern: string, text: string): boolean {
  const [head = '', ...parts] = pattern.toLowerCase().split('*')
  const lower = text.toLowerCase()
  const tail = parts.pop()
  if (tail === undefined) return lower === head
  if (!lower.startsWith(head) || lower.length < head.length + tail.length || !lower.endsWith(tail))
    return false
  const end = lower.length - tail.length
  let from = head.length
  for (const part of parts) {
    const found = lower.indexOf(part, from)
    if (found < 0 || found + part.length > end) return false
    from = found + part.length
  }
  return true
}

/** The first pattern that describes one of the texts: a thing may have several names. */
function matchingGlob(patterns: readonly string[], texts: readonly string[]): string | undefined {
  return patterns.find(pattern => texts.some(text => matchesGlob(pattern, text)))
}

/** True where they may refuse something. */
export function mayRefuse({ allow, deny }: Globs): boolean {
  return allow !== undefined || deny.length > 0
}

/** Why the globs do not let a thing of these names pass; undefined: they do. Deny wins. */
export function globRefusal({ allow, deny }: Globs, texts: readonly string[]): string | undefined {
  const denied = matchingGlob(deny, texts)
  if (denied !== undefined) return `denies ${denied}`
  if (allow === undefined || matchingGlob(allow, texts) !== undefined) return undefined
  return allow.length === 0 ? 'allows none' : `allows only ${allow.join(', ')}`
}
