// Pipeline: policy, rule. `maxIdleGrace`: for how long an idle node may be kept.
import { shortDuration } from '../../api/format-time.ts'
import type { Rule } from '../rule.ts'

export const IDLE_GRACE: Rule = ({ idleGraceMs, fields }, { maxIdleGraceMs }) => {
  if (idleGraceMs === undefined || maxIdleGraceMs === undefined || idleGraceMs <= maxIdleGraceMs) return []
  const detail = `allows at most ${shortDuration(maxIdleGraceMs)}`
  const value = shortDuration(idleGraceMs)
  return [
    {
      field: fields.idleGrace,
      value,
      detail,
      code: 'IdleGraceTooLong',
      rule: 'maxIdleGrace',
      amount: idleGraceMs,
    },
  ]
}
