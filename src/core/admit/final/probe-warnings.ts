// Pipeline: admit, final objects. Probes of the user's that give up before a model is loaded: the pod would be restarted for
// ever. No mistake for sure (the weights may be on the node), so a warning.
// https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/
import { isObject, type JsonObject } from '../../api/json.ts'
import type { FinalPod } from './final-pod.ts'

/** Warnings of probes that end before `startupSeconds`, the preset's own budget. */
export function probeWarnings({ filled, kind }: FinalPod, startupSeconds: number): readonly string[] {
  if (kind.runsToCompletion) return []
  const { startupProbe, livenessProbe } = filled.container
  // Until the startup probe has succeeded there is no liveness probe.
  const [name, probe] = isObject(startupProbe)
    ? (['startupProbe', startupProbe] as const)
    : (['livenessProbe', livenessProbe] as const)
  if (!isObject(probe) || budgetSeconds(probe) >= startupSeconds) return []
  return [
    `${name} of ${filled.name} restarts it after ${budgetSeconds(probe)} s; the model may take ${startupSeconds} s to load`,
  ]
}

/** What the API server fills in. */
const PERIOD_SECONDS = 10
const FAILURES = 3

function budgetSeconds(probe: JsonObject): number {
  const number = (key: string, otherwise: number): number => {
    const value = probe[key]
    return typeof value === 'number' && value > 0 ? value : otherwise
  }
  return (
    number('initialDelaySeconds', 0) +
    number('periodSeconds', PERIOD_SECONDS) * number('failureThreshold', FAILURES)
  )
}
