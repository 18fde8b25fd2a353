// Pipeline: template. Startup, liveness and readiness on GET /health, with upstream's budget (KAITO v0.12.0
// preset_inferences.go); over several nodes its health check script. Never its benchmark probe, which loads the server for a
// minute and times out after ten.
import type { JsonObject } from '../../api/json.ts'
import { multiNodeHealthCommand } from '../command.ts'
import { isGroup, leaderHost } from '../group.ts'
import { isServer, type Step, type StepInput } from '../step.ts'
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

interface Probes {
  readonly startupProbe: JsonObject
  readonly livenessProbe: JsonObject
  readonly readinessProbe: JsonObject
}

function probesOfOne(startupFailures: number): Probes {
  return {
    startupProbe: healthProbe(startupFailures),
    livenessProbe: healthProbe(DEFAULT_FAILURES),
    readinessProbe: healthProbe(DEFAULT_FAILURES, READINESS_DELAY_SECONDS),
  }
}

/** A dead Ray worker takes the leader with it at once: there is nobody to wait for. */
function probesOfGroup(startupFailures: number, host: string): Probes {
  const probe = (check: 'readiness' | 'liveness', failureThreshold: number): JsonObject => ({
    exec: { command: multiNodeHealthCommand(check, host) },
    periodSeconds: PERIOD_SECONDS,
    timeoutSeconds: 1,
    successThreshold: 1,
    failureThreshold,
  })
  const liveness = { initialDelaySeconds: 60, timeoutSeconds: 5, terminationGracePeriodSeconds: 1 }
  return {
    startupProbe: probe('readiness', startupFailures),
    livenessProbe: { ...probe('liveness', 1), ...liveness },
    readinessProbe: probe('readiness', 1),
  }
}

function probesOf(input: StepInput): Probes {
  const startupFailures = Math.ceil(input.revision.startupSeconds / PERIOD_SECONDS)
  return isGroup(input) ? probesOfGroup(startupFailures, leaderHost(input)) : probesOfOne(startupFailures)
}

export const PROBES: Step = {
  name: 'probes',
  footprint: [
    ['{container}', 'startupProbe'],
    ['{container}', 'livenessProbe'],
    ['{container}', 'readinessProbe'],
  ],
  edits: input => {
    if (!isServer(input)) return []
    return Object.entries(probesOf(input)).map(([name, value]) => ({
      path: [...input.at.container, name],
      value,
    }))
  },
}
