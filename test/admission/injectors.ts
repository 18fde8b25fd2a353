// Webhooks of other projects, as real ones: they add containers, volumes, mounts, variables and annotations to the pod template
// of a Deployment, once, as those of Istio and Vault do to pods.
import { once } from 'node:events'
import { createServer } from 'node:https'
import { json } from 'node:stream/consumers'
import { isObject, listAt, objectAt, stringAt, type Json, type JsonObject } from '../../src/core/api/json.ts'
import { objectAtPath } from '../../src/core/workload/workload.ts'
import { createAuthority } from '../cluster/certificates.ts'

export interface Injector {
  /** Of its configuration: mutating webhooks are called in the order of these names. */
  readonly name: string
  /** The namespaces with the label `injector` of this value. */
  readonly label: string
  readonly inject: (template: JsonObject) => JsonObject
}

export interface RunningInjector {
  /** MutatingWebhookConfiguration. */
  readonly configuration: JsonObject
  /** Reviews answered so far. */
  readonly calls: () => number
  readonly stop: () => Promise<void>
}

const TEMPLATE = ['spec', 'template'] as const

/** Listens on loopback. */
export async function startInjector({ name, label, inject }: Injector): Promise<RunningInjector> {
  const authority = await createAuthority()
  const { certificate, key } = await authority.issueServer(['127.0.0.1', 'localhost'])
  let calls = 0
  const server = createServer({ cert: certificate, key }, (request, response) => {
    void json(request).then(review => {
      calls += 1
      response.setHeader('Content-Type', 'application/json')
      response.end(JSON.stringify(answer(review as JsonObject, inject)))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const stop = async (): Promise<void> => {
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  }
  const url = `https://127.0.0.1:${address.port}/`
  return { configuration: configurationOf(name, label, url, authority.certificate), calls: () => calls, stop }
}

function configurationOf(name: string, label: string, url: string, ca: string): JsonObject {
  const webhook = {
    name: `${name}.example.com`,
    clientConfig: { url, caBundle: Buffer.from(ca).toString('base64') },
    rules: [
      {
        apiGroups: ['apps'],
        apiVersions: ['v1'],
        resources: ['deployments'],
        operations: ['CREATE', 'UPDATE'],
      },
    ],
    namespaceSelector: { matchLabels: { injector: label } },
    failurePolicy: 'Fail',
    reinvocationPolicy: 'IfNeeded',
    sideEffects: 'None',
    admissionReviewVersions: ['v1'],
    timeoutSeconds: 5,
  }
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name },
    webhooks: [webhook],
  }
}

function answer(review: JsonObject, inject: Injector['inject']): JsonObject {
  const request = objectAt(review, 'request')
  const template = objectAtPath(objectAt(request, 'object'), TEMPLATE)
  const injected = inject(template)
  const patch = [{ op: 'replace', path: `/${TEMPLATE.join('/')}`, value: injected }]
  const text = JSON.stringify(injected) === JSON.stringify(template) ? undefined : JSON.stringify(patch)
  const uid = stringAt(request, 'uid') ?? ''
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: {
      uid,
      allowed: true,
      ...(text !== undefined && { patchType: 'JSONPatch', patch: Buffer.from(text).toString('base64') }),
    },
  }
}

const ISTIO_VOLUMES = ['istio-envoy', 'istio-data', 'istio-token']

/** A sidecar, an init container, volumes, an annotation that says so; `prepend` as Istio's holdApplicationUntilProxyStarts. */
export function istioLike(prepend: boolean): (template: JsonObject) => JsonObject {
  const proxy = {
    name: 'istio-proxy',
    image: 'docker.io/istio/proxyv2:1.30',
    ports: [{ containerPort: 15090, name: 'http-envoy-prom', protocol: 'TCP' }],
    resources: { requests: { cpu: '10m', memory: '40Mi' } },
    volumeMounts: ISTIO_VOLUMES.map(name => ({ name, mountPath: `/etc/${name}` })),
  }
  const init = { name: 'istio-init', image: 'docker.io/istio/proxyv2:1.30' }
  return template =>
    withPod(template, { 'sidecar.istio.io/status': '{"containers":["istio-proxy"]}' }, pod => ({
      ...pod,
      containers: added(listAt(pod, 'containers'), proxy, prepend),
      initContainers: added(listAt(pod, 'initContainers'), init, prepend),
      volumes: ISTIO_VOLUMES.reduce(
        (volumes, name) => added(volumes, { name, emptyDir: {} }, false),
        listAt(pod, 'volumes'),
      ),
    }))
}

/** An init container, a sidecar, and in every other container a mount and a variable. */
export function vaultLike(template: JsonObject): JsonObject {
  const agent = {
    image: 'hashicorp/vault:1.20',
    volumeMounts: [{ name: 'home-init', mountPath: '/home/vault' }],
  }
  return withPod(template, { 'vault.hashicorp.com/agent-inject-status': 'injected' }, pod => ({
    ...pod,
    initContainers: added(listAt(pod, 'initContainers'), { name: 'vault-agent-init', ...agent }, true).map(
      withSecrets,
    ),
    containers: added(listAt(pod, 'containers'), { name: 'vault-agent', ...agent }, false).map(withSecrets),
    volumes: ['home-init', 'vault-secrets'].reduce(
      (volumes, name) => added(volumes, { name, emptyDir: { medium: 'Memory' } }, false),
      listAt(pod, 'volumes'),
    ),
  }))
}

function withPod(
  template: JsonObject,
  annotations: JsonObject,
  change: (pod: JsonObject) => JsonObject,
): JsonObject {
  const metadata = objectAt(template, 'metadata')
  return {
    ...template,
    metadata: { ...metadata, annotations: { ...objectAt(metadata, 'annotations'), ...annotations } },
    spec: change(objectAt(template, 'spec')),
  }
}

/** Once: an injector that is asked again finds its own. */
function added(list: readonly Json[], entry: JsonObject, first: boolean): readonly Json[] {
  if (list.some(one => isObject(one) && one['name'] === entry['name'])) return list
  return first ? [entry, ...list] : [...list, entry]
}

function withSecrets(container: Json): Json {
  if (!isObject(container)) return container
  return {
    ...container,
    env: added(listAt(container, 'env'), { name: 'VAULT_ADDR', value: 'https://vault:8200' }, false),
    volumeMounts: added(
      listAt(container, 'volumeMounts'),
      { name: 'vault-secrets', mountPath: '/vault/secrets' },
      false,
    ),
  }
}
