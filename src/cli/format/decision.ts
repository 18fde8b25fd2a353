// Pipeline: cli. The decisions themselves, for scripts and reviewers.
import type { Decision } from '../../core/api/decision.ts'
import type { Rendered } from '../render.ts'
import { referenceTo, type ObjectReference } from '../subject-name.ts'
import { formatJson } from './json.ts'

interface PublicDecision extends Pick<Decision, 'decision' | 'reasons' | 'warnings'> {
  readonly object: ObjectReference
  readonly plan?: unknown
}

export function formatDecisions({ decided }: Rendered): string {
  return formatJson(
    decided.map(({ source, decision }) => publicDecision(referenceTo(source.object), decision)),
  )
}

function publicDecision(object: ObjectReference, decision: Decision): PublicDecision {
  const { reasons, warnings } = decision
  const common = { decision: decision.decision, object, reasons, warnings }
  return decision.decision === 'Plan' ? { ...common, plan: decision.plan } : common
}
