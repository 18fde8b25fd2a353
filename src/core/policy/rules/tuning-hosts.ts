// Pipeline: policy, rule. `tuningHosts`: from where a tuning Job may download its data.
import { globRefusal } from '../glob.ts'
import type { Rule } from '../rule.ts'

export const TUNING_HOSTS: Rule = ({ hosts }, { tuningHosts }) =>
  hosts.flatMap(({ field, name }) => {
    const refusal = globRefusal(tuningHosts, [name])
    if (refusal === undefined) return []
    return [
      {
        field,
        value: name,
        detail: refusal,
        code: 'TuningHostNotAllowed',
        rule: 'tuningHosts',
      },
    ]
  })
