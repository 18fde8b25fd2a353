// Pipeline: policy, rule. `runtimes`: which servers.
import type { Rule } from '../rule.ts'

export const RUNTIMES: Rule = ({ runtime, fields }, { runtimes }) => {
  if (runtime === undefined || runtimes === undefined || runtimes.includes(runtime)) return []
  const detail = `allows only ${runtimes.join(', ') || 'none'}`
  return [{ field: fields.runtime, value: runtime, detail, code: 'RuntimeNotAllowed', rule: 'runtimes' }]
}
