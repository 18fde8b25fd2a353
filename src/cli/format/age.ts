// Pipeline: cli. Ages as kubectl prints them: https://pkg.go.dev/k8s.io/apimachinery/pkg/util/duration#HumanDuration

const SECOND_MS = 1000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
const YEAR_MS = 365 * DAY_MS

/** Below `belowMs`: whole `unit`s, with the rest in the next smaller unit where that is `fine` enough to be told. */
interface Step {
  readonly belowMs: number
  readonly unit: readonly [ms: number, letter: string]
  readonly fine?: readonly [ms: number, letter: string]
}

const STEPS: readonly Step[] = [
  { belowMs: 2 * MINUTE_MS, unit: [SECOND_MS, 's'] },
  { belowMs: 10 * MINUTE_MS, unit: [MINUTE_MS, 'm'], fine: [SECOND_MS, 's'] },
  { belowMs: 3 * HOUR_MS, unit: [MINUTE_MS, 'm'] },
  { belowMs: 8 * HOUR_MS, unit: [HOUR_MS, 'h'], fine: [MINUTE_MS, 'm'] },
  { belowMs: 2 * DAY_MS, unit: [HOUR_MS, 'h'] },
  { belowMs: 8 * DAY_MS, unit: [DAY_MS, 'd'], fine: [HOUR_MS, 'h'] },
  { belowMs: 2 * YEAR_MS, unit: [DAY_MS, 'd'] },
  { belowMs: 8 * YEAR_MS, unit: [YEAR_MS, 'y'], fine: [DAY_MS, 'd'] },
  { belowMs: Infinity, unit: [YEAR_MS, 'y'] },
]

/** `45s`, `7m30s`, `3h`; a time in the future (another clock) is `0s`. */
export function formatAge(ageMs: number): string {
  const past = Math.max(0, ageMs)
  const step = STEPS.find(({ belowMs }) => past < belowMs)
  if (step === undefined) return ''
  const [unitMs, letter] = step.unit
  const whole = `${Math.floor(past / unitMs)}${letter}`
  if (step.fine === undefined) return whole
  const [fineMs, fineLetter] = step.fine
  const rest = Math.floor((past % unitMs) / fineMs)
  return rest === 0 ? whole : `${whole}${rest}${fineLetter}`
}
