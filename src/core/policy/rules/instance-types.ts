// Pipeline: policy, rule. `instanceTypes`: each type that the pods may be placed on must be allowed.
import { globRefusal } from '../glob.ts'
import type { Rule } from '../rule.ts'

export const INSTANCE_TYPES: Rule = ({ instanceTypes, fields }, policy) =>
  instanceTypes.flatMap(({ name }) => {
    const refusal = globRefusal(policy.instanceTypes, [name])
    if (refusal === undefined) return []
    return [
      {
        field: fields.instanceType,
        value: name,
        detail: refusal,
        code: 'InstanceTypeNotAllowed',
        rule: 'instanceTypes',
      },
    ]
  })
