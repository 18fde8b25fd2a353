// Pipeline: template. Startup, liveness and readiness on GET /health, with upstream's budget (KAITO v0.12.0
// preset_inferences.go); never its benchmark probe, which loads the server for a minute and times out after ten.
import type { JsonObject } from '../../api/json.ts'
import type { Step } from '../step.ts'
import { SERVER_PORT } from './port.ts'

const PERIOD_SECONDS = 10
/** Upstream waits 30 s before the first readiness check; the startup probe is in charge until then anyway. */
const READINESS_DELAY_SECONDS = 30
/** The API server's default: three misses in a row. */
const DEFAULT_FAILURES = 3

/** Every field that the API server would default is written out, so that the stored probe equals the injected one. */
function healthProbe(failureThreshold: number, initialDelaySeconds?: number): JsonObject {
  return {
    httpGet: { path: '/health', port: SERVER_PORT, scheme: 'HTTP' },
    ...(initialDelaySeconds === undefined ? {} : { initialDelaySeconds }),
    periodSeconds: PERIOD_SECONDS,
    timeoutSeconds: 1,
    successThreshold: 1,
    failureThreshold,
  }
}

export const PROBES: Step = {
  name: 'probes',
  footprint: [
    ['{container}', 'startupProbe'],
    ['{container}', 'livenessProbe'],
    ['{container}', 'readinessProbe'],
  ],
  edits: input => {
    if (input.server === 'own') return []
    const { container } = input.at
    const startupFailures = Math.ceil(input.revision.startupSeconds / PERIOD_SECONDS)
    return [
      { path: [...container, 'startupProbe'], value: healthProbe(startupFailures) },
      { path: [...container, 'livenessProbe'], value: healthProbe(DEFAULT_FAILURES) },
      {
        path: [...container, 'readinessProbe'],
        value: healthProbe(DEFAULT_FAILURES, READINESS_DELAY_SECONDS),
      },
    ]
  },
}
