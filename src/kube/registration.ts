// Pipeline: kube. Puts the generated webhook configurations and the policy where the API server reads them: server-side
// apply, so that repeating it changes nothing and a field that somebody took over comes back.
import { objectAt, stringAt, type JsonObject } from '../core/api/json.ts'
import type { KubeClient } from './client.ts'
import { isNotFound } from './errors.ts'

export const FIELD_MANAGER = 'kaito-native'
const GROUP_PATH = '/apis/admissionregistration.k8s.io/v1'

/** The cluster-scoped kinds that are registered, and the resources to which RBAC must let us. */
export const REGISTERED_RESOURCES: Readonly<Record<string, string>> = {
  MutatingWebhookConfiguration: 'mutatingwebhookconfigurations',
  ValidatingWebhookConfiguration: 'validatingwebhookconfigurations',
  ValidatingAdmissionPolicy: 'validatingadmissionpolicies',
  ValidatingAdmissionPolicyBinding: 'validatingadmissionpolicybindings',
}

/** Kinds without which admission still works: API servers before 1.30 do not have them. */
const OPTIONAL_KINDS: ReadonlySet<string> = new Set([
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
])

/** Applies the objects, in no order (each half alone refuses or leaves alone); resolves to the kinds that this API server does not serve. */
export async function ensureWebhooks(
  client: KubeClient,
  objects: readonly JsonObject[],
): Promise<readonly string[]> {
  const missing = await Promise.all(objects.map(object => missingKind(client, object)))
  return missing.filter(kind => kind !== undefined)
}

async function missingKind(client: KubeClient, object: JsonObject): Promise<string | undefined> {
  const kind = stringAt(object, 'kind') ?? ''
  const name = stringAt(objectAt(object, 'metadata'), 'name') ?? ''
  try {
    await client.request({
      method: 'PATCH',
      path: `${GROUP_PATH}/${REGISTERED_RESOURCES[kind] ?? ''}/${name}`,
      query: { fieldManager: FIELD_MANAGER, force: 'true' },
      contentType: 'application/apply-patch+yaml',
      body: object,
    })
    return undefined
  } catch (error) {
    if (isNotFound(error) && OPTIONAL_KINDS.has(kind)) return kind
    throw error
  }
}
