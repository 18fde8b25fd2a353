// Pipeline: policy. A metav1.LabelSelector, on the labels of a namespace.

export const SELECTOR_OPERATORS = ['In', 'NotIn', 'Exists', 'DoesNotExist'] as const

export interface LabelExpression {
  readonly key: string
  readonly operator: (typeof SELECTOR_OPERATORS)[number]
  readonly values: readonly string[]
}

/** matchLabels and matchExpressions as one list; all must hold. */
export type LabelSelector = readonly LabelExpression[]
export type Labels = Readonly<Record<string, string>>

/** True where every expression holds. */
export function matchesLabels(selector: LabelSelector, labels: Labels): boolean {
  return selector.every(expression => holds(expression, labels))
}

function holds({ key, operator, values }: LabelExpression, labels: Labels): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined
  if (operator === 'Exists') return value !== undefined
  if (operator === 'DoesNotExist') return value === undefined
  const isListed = value !== undefined && values.includes(value)
  // As Kubernetes reads it: a label that is not there is not in the list either.
  return operator === 'In' ? isListed : !isListed
}
