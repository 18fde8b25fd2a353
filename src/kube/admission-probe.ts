// Pipeline: kube. Whether the API server really calls the webhooks: it learns of a registration by its own watch, a moment
// after it was written. A dry run of an annotated workload tells, and leaves nothing behind.
import { PLAN, PRESET } from '../core/api/annotations.ts'
import { objectAt, stringAt, type JsonObject } from '../core/api/json.ts'
import type { KubeClient } from './client.ts'
import { isForbidden, isNotFound, TransientError } from './errors.ts'

export interface AdmissionProbe {
  /** Of the workload, which is never stored. */
  readonly name: string
  readonly preset: string
}

/**
 * Resolves when a dry run comes back with a plan, or when we may not look (RBAC gives us no workloads, and should not);
 * rejects with a TransientError while the webhooks are not called yet.
 */
export async function ensureAdmissionIsCalled(client: KubeClient, probe: AdmissionProbe): Promise<void> {
  try {
    const path = '/apis/apps/v1/namespaces/default/deployments'
    const made = await client.request({
      method: 'POST',
      path,
      query: { dryRun: 'All' },
      body: workload(probe),
    })
    if (stringAt(objectAt(objectAt(made, 'metadata'), 'annotations'), PLAN) !== undefined) return
  } catch (error) {
    if (isForbidden(error) || isNotFound(error)) return
    throw new TransientError(`the API server does not reach the webhooks yet: ${messageOf(error)}`)
  }
  throw new TransientError('the API server does not call the webhooks yet')
}

function workload({ name, preset }: AdmissionProbe): JsonObject {
  const labels = { app: name }
  const annotations = { [PRESET]: preset, 'kaito.sh/bypass-resource-checks': 'true' }
  const template = { metadata: { labels }, spec: { containers: [{ name: 'model' }] } }
  const spec = { replicas: 0, selector: { matchLabels: labels }, template }
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, annotations }, spec }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
