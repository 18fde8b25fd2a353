// Pipeline: policy, rule. `limits.gpusPerPod` and `limits.gpusPerWorkload`: how large one pod and one workload may be.
import type { Rule } from '../rule.ts'

export const WORKLOAD_GPUS: Rule = ({ wanted, fields }, { limits }) => {
  if (wanted === undefined) return []
  const { pods, gpusPerPod } = wanted
  const findings = [
    { field: fields.gpus, amount: gpusPerPod, limit: limits.gpusPerPod, name: 'gpusPerPod' },
    { field: fields.pods, amount: pods * gpusPerPod, limit: limits.gpusPerWorkload, name: 'gpusPerWorkload' },
  ]
  return findings.flatMap(({ field, amount, limit, name }) =>
    limit === undefined || amount <= limit
      ? []
      : [
          {
            field,
            value: String(amount),
            detail: `allows at most ${limit} GPUs`,
            code: 'TooManyGpus',
            rule: `limits.${name}`,
            amount,
          },
        ],
  )
}
