// Pipeline: cli. Where this process is reached, and the objects that say so to the API server.
import type { CertificateBundle } from '../../certs/bundle.ts'
import { admissionPolicy, admissionPolicyBinding } from '../../webhooks/admission-policy.ts'
import {
  guardConfiguration,
  mutatingWebhookConfiguration,
  validatingWebhookConfiguration,
  type Registration,
} from '../../webhooks/configuration.ts'
import type { ServeConfig } from '../config.ts'
import type { JsonObject } from '../core/api/json.ts'

/** Everything that is registered, for the port on which the webhooks really listen. */
export function registrationObjects(
  config: ServeConfig,
  listeningPort: number,
  { caCertificate }: CertificateBundle,
): readonly JsonObject[] {
  const url = webhookUrlText(config, listeningPort)
  const registration: Registration = {
    namespace: config.namespace,
    caCertificate,
    ...(url !== undefined && { url }),
  }
  return [
    mutatingWebhookConfiguration(registration),
    guardConfiguration(registration),
    validatingWebhookConfiguration(registration),
    admissionPolicy(registration),
    admissionPolicyBinding(),
  ]
}

/** The URL without a slash at its end; nothing where the webhooks are registered by Service. */
export function webhookUrlText({ webhookUrl }: ServeConfig, listeningPort: number): string | undefined {
  if (webhookUrl === undefined) return undefined
  const { host, port = listeningPort, path } = webhookUrl
  return `https://${host.includes(':') ? `[${host}]` : host}:${port}${path}`
}
