// Pipeline: preset. Kubernetes quantities with a binary suffix, as `size` of an entry has them.

const SUFFIX_BITS: Readonly<Record<string, bigint>> = { Mi: 20n, Gi: 30n, Ti: 40n }

/**
 * Bytes of a quantity such as `7.15Gi`, decimal and rounded up to a whole byte, exactly as
 * k8s.io/apimachinery/pkg/api/resource.MustParse(text).Value() does. The schema has checked the form.
 */
export function quantityBytes(text: string): number {
  const [whole = '', fraction = ''] = text.slice(0, -2).split('.')
  const bits = SUFFIX_BITS[text.slice(-2)]
  if (bits === undefined) throw new RangeError(`not a quantity with a binary suffix: ${text}`)
  const scaled = BigInt(whole + fraction) << bits
  const divisor = 10n ** BigInt(fraction.length)
  return Number((scaled + divisor - 1n) / divisor)
}
