// Simulator: a platform team that limits the GPUs of every namespace, from before the first workload until all is calm.
import type { ApiServer } from '../api/api-server.ts'

const NAME = 'quota'
const BY = 'platform team'
/** More than any scenario asks for. */
const ENOUGH = 1000

export function createQuota(api: ApiServer, gpus: number): void {
  api.create(BY, 'presetpolicies', {
    apiVersion: 'policy.kaito.sh/v1alpha1',
    kind: 'PresetPolicy',
    metadata: { name: NAME },
    spec: { enforcement: 'Deny', limits: { gpus } },
    status: {},
  })
}

/** What it held may go now. */
export function liftQuota(api: ApiServer): void {
  api.update(BY, 'presetpolicies', { name: NAME }, policy => ({
    ...policy,
    spec: { enforcement: 'Deny', limits: { gpus: ENOUGH } },
  }))
}
