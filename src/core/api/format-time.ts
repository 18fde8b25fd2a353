// Pipeline: api. Times as objects of Kubernetes carry them.

/** metav1.Time: RFC 3339 in UTC, whole seconds. */
export function formatTime(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 19)}Z`
}

/** A Go duration: `300s`. */
export function formatDuration(milliseconds: number): string {
  return milliseconds % 1000 === 0 ? `${milliseconds / 1000}s` : `${milliseconds}ms`
}

/** A Go duration as people write it: `1h30m`, `10m`, `90ms`. */
export function shortDuration(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000)
  const parts = [
    { amount: Math.floor(seconds / 3600), unit: 'h' },
    { amount: Math.floor(seconds / 60) % 60, unit: 'm' },
    { amount: seconds % 60, unit: 's' },
    { amount: milliseconds % 1000, unit: 'ms' },
  ].filter(({ amount }) => amount > 0)
  return parts.length === 0 ? '0s' : parts.map(({ amount, unit }) => `${amount}${unit}`).join('')
}
