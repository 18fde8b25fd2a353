// Pipeline: api. The one order of texts.

/** Code-unit order for `sort`: the same everywhere, whatever the locale. */
export function compareText(left: string, right: string): number {
  if (left === right) return 0
  return left < right ? -1 : 1
}
