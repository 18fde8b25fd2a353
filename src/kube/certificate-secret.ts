// Pipeline: kube. The one Secret from which every replica takes the webhook certificates. Optimistic: who finds the
// object changed under his hands reads again, so that replicas which start together end up with the same certificates.
import { objectAt, stringAt, type JsonObject } from '../core/api/json.ts'
import type { KubeClient } from './client.ts'
import { isConflict, isNotFound } from './errors.ts'

/** The name of the Secret in the namespace of kaito-native. */
export const CERTIFICATE_SECRET = 'kaito-native-webhook-certs'

/** The PEM texts by their keys in the Secret; any may be missing in what is read. */
export type SecretTexts = Readonly<Record<string, string>>

/** Decides what the Secret should hold, given what it holds: the same texts when nothing has to change. */
export type DesiredTexts = (existing: SecretTexts) => Promise<SecretTexts>

/** Each lost race means that another replica won one, so a few rounds are enough for any number of them. */
const ROUNDS = 10

/** Reads, completes or creates the Secret; resolves to what it holds afterwards. */
export async function ensureCertificateSecret(
  client: KubeClient,
  namespace: string,
  desired: DesiredTexts,
): Promise<SecretTexts> {
  for (let round = 1; ; round++) {
    try {
      return await ensureOnce(client, namespace, desired)
    } catch (error) {
      if (!isConflict(error) || round === ROUNDS) throw error
    }
  }
}

async function ensureOnce(
  client: KubeClient,
  namespace: string,
  desired: DesiredTexts,
): Promise<SecretTexts> {
  const collection = `/api/v1/namespaces/${namespace}/secrets`
  const existing = await readSecret(client, `${collection}/${CERTIFICATE_SECRET}`)
  const before = existing === undefined ? {} : decode(objectAt(existing, 'data'))
  const after = await desired(before)
  if (existing === undefined) {
    await createSecret(client, namespace, newSecret(namespace, after))
  } else if (Object.keys(after).some(key => after[key] !== before[key])) {
    // The resourceVersion of what was read travels along: a change in between is a conflict, not an overwrite.
    const body = { ...existing, data: { ...objectAt(existing, 'data'), ...encode(after) } }
    await client.request({ method: 'PUT', path: `${collection}/${CERTIFICATE_SECRET}`, body })
  }
  return after
}

/** Beside a cluster (`--webhook-url`) nobody has made the namespace; installed, it is there before the pod runs. */
async function createSecret(client: KubeClient, namespace: string, body: JsonObject): Promise<void> {
  const create = { method: 'POST', path: `/api/v1/namespaces/${namespace}/secrets`, body } as const
  try {
    await client.request(create)
  } catch (error) {
    if (!isNotFound(error)) throw error
    const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }
    await client.request({ method: 'POST', path: '/api/v1/namespaces', body: object })
    await client.request(create)
  }
}

async function readSecret(client: KubeClient, path: string): Promise<JsonObject | undefined> {
  try {
    return await client.request({ method: 'GET', path })
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

function newSecret(namespace: string, texts: SecretTexts): JsonObject {
  const labels = { 'app.kubernetes.io/name': 'kaito-native', 'app.kubernetes.io/managed-by': 'kaito-native' }
  const metadata = { name: CERTIFICATE_SECRET, namespace, labels }
  return { apiVersion: 'v1', kind: 'Secret', metadata, type: 'kubernetes.io/tls', data: encode(texts) }
}

function encode(texts: SecretTexts): JsonObject {
  return Object.fromEntries(
    Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString('base64')]),
  )
}

function decode(data: JsonObject): SecretTexts {
  return Object.fromEntries(
    Object.keys(data).map(key => [key, Buffer.from(stringAt(data, key) ?? '', 'base64').toString('utf8')]),
  )
}
