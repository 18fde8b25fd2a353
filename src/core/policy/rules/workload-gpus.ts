// Pipeline: policy, rule. `limits.gpusPerPod` and `limits.gpusPerWorkload`: how large one pod and one workload may be.
import type { Rule } from '../rule.ts'

export const WORKLOAD_GPUS: Rule = ({ wanted, fields }, { limits }) => {
  if (wanted === undefined) return []
  const { pods, gpusPerPod } = wanted
  const findings = [
    { field: fields.gpus, amount: gpusPerPod, limit: limits.gpusPerPod, name: 'gpusPerPod', unit: '' },
    {
      field: fields.pods,
      amount: pods * gpusPerPod,
      limit: limits.gpusPerWorkload,
      name: 'gpusPerWorkload',
      unit: ' GPUs',
    },
  ]
  return findings.flatMap(({ field, amount, limit, name, unit }) =>
    limit === undefined || amount <= limit
      ? []
      : [
          {
            field,
            // The field holds pods: without its unit the number would be taken for theirs.
            value: `${amount}${unit}`,
            detail: `allows at most ${limit} GPUs`,
            code: 'TooManyGpus',
            rule: `limits.${name}`,
            amount,
          },
        ],
  )
}
