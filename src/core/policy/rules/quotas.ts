// Pipeline: policy, rule. `limits.gpus`, `nodes` and `costPerHour` of the namespace: what it uses already and what this workload
// wants. Checked here so that a person hears of it; the controller holds the quota (src/core/claim/quota.ts).
import type { Finding } from '../judged.ts'
import { roundedAmount } from '../rounded-amount.ts'
import type { Rule } from '../rule.ts'

export const QUOTAS: Rule = ({ wanted, instanceTypes, fields, workload }, { limits }, usage) => {
  if (wanted === undefined || wanted.pods === 0) return []
  const [type] = instanceTypes
  const quotas = [
    { name: 'gpus', unit: 'GPUs', wants: wanted.pods * wanted.gpusPerPod, uses: usage.gpus },
    { name: 'nodes', unit: 'nodes', wants: wanted.nodes, uses: usage.nodes },
    {
      name: 'costPerHour',
      unit: 'an hour',
      wants: wanted.nodes * (type?.pricePerHour ?? 0),
      uses: usage.costPerHour,
    },
  ] as const
  const exceeded = quotas.flatMap(({ name, unit, wants, uses }): readonly Finding[] => {
    const limit = limits[name]
    if (limit === undefined || uses + wants <= limit) return []
    const detail = `allows namespace ${workload.namespace} ${limit} ${unit}, and ${roundedAmount(uses)} are in use`
    return [
      {
        field: fields.pods,
        value: `${roundedAmount(wants)} ${unit}`,
        detail,
        code: 'QuotaExceeded',
        rule: `limits.${name}`,
        amount: wants,
      },
    ]
  })
  return [
    ...exceeded,
    ...(limits.costPerHour === undefined ? [] : unpriced(instanceTypes, fields.instanceType)),
  ]
}

function unpriced(
  types: readonly { readonly name: string; readonly pricePerHour?: number }[],
  field: string,
): readonly Finding[] {
  return types
    .filter(({ pricePerHour }) => pricePerHour === undefined)
    .map(({ name }) => ({
      field,
      value: name,
      detail: 'limits the cost, and the catalogue has no price for this instance type',
      code: 'PriceUnknown',
      rule: 'limits.costPerHour',
    }))
}
