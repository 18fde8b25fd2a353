// Pipeline: webhooks. Warnings leave the process in the form that kubectl shows well: one line, said by whom, short.

const PREFIX = 'kaito.sh: '
/** The API server asks for 120 characters; past 256 it may cut by itself, past 4096 in all it drops warnings. */
export const WARNING_MAX_CHARACTERS = 120

/** One warning: prefixed, without control characters, at most 120 characters, no surrogate pair split. */
export function cleanWarning(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim()
  const prefixed = line.startsWith(PREFIX) ? line : PREFIX + line
  return shorten(prefixed.toWellFormed(), WARNING_MAX_CHARACTERS)
}

function shorten(text: string, maxCharacters: number): string {
  if (text.length <= maxCharacters) return text
  const cut = maxCharacters - 1
  const splitsPair = (text.codePointAt(cut - 1) ?? 0) > 0xffff
  return `${text.slice(0, splitsPair ? cut - 1 : cut)}…`
}
