// Pipeline: policy. Amounts as people read them.

/** To a hundredth: sums of prices are not exact. */
export function roundedAmount(amount: number): number {
  return Math.round(amount * 100) / 100
}
