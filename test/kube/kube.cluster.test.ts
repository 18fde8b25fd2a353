// The adapters against a real API server: what it answers is what they must understand.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createKubeClient, type KubeClient } from '../../src/kube/client.ts'
import { loadKubeConfig } from '../../src/kube/kubeconfig.ts'
import {
  CERTIFICATE_SECRET,
  ensureCertificateSecret,
  type SecretTexts,
} from '../../src/kube/certificate-secret.ts'
import { discoverFacts } from '../../src/kube/discovery.ts'
import { discoverImageVolumes } from '../../src/kube/image-volumes.ts'
import { isConflict, isForbidden, isNotFound } from '../../src/kube/errors.ts'
import type { JsonObject } from '../../src/core/api/json.ts'
import { describeWithControlPlane } from '../cluster/available.ts'
import { poll } from '../cluster/poll.ts'

/** What a Node has to say of itself before any of it counts. */
const NODE_INFO = {
  machineID: '',
  systemUUID: '',
  bootID: '',
  kernelVersion: '',
  osImage: '',
  kubeletVersion: '',
  kubeProxyVersion: '',
  operatingSystem: '',
  architecture: '',
}
const SECRETS = '/api/v1/namespaces/default/secrets'
const REPLICAS = 8

/** Resolves for the first so many callers together, when the last of them has come; for later ones at once. */
function meeting(size: number): () => Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  let arrived = 0
  return () => {
    if (++arrived >= size) resolve()
    return promise
  }
}

await describeWithControlPlane('src/kube on a real API server', { controllers: false }, plane => {
  let client: KubeClient
  before(() => {
    client = createKubeClient(loadKubeConfig(plane().kubeconfig))
  })
  after(() => client.close())

  async function removeSecret(): Promise<void> {
    await plane().request('DELETE', `${SECRETS}/${CERTIFICATE_SECRET}`)
  }

  function ensureSecret(desired: (existing: SecretTexts) => Promise<SecretTexts>): Promise<SecretTexts> {
    return ensureCertificateSecret(client, 'default', desired)
  }

  async function storedSecret(): Promise<{ type: unknown; data: Record<string, string> }> {
    const { body } = await plane().request<{ type: unknown; data: Record<string, string> }>(
      'GET',
      `${SECRETS}/${CERTIFICATE_SECRET}`,
    )
    return body
  }

  async function createNode(name: string, providerID?: string): Promise<void> {
    await plane().request('POST', '/api/v1/nodes', {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name },
      spec: { providerID },
    })
  }

  async function serveKind(version: string, plural: string, kind: string): Promise<void> {
    const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } }
    await plane().request('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `${plural}.karpenter.sh` },
      spec: {
        group: 'karpenter.sh',
        scope: 'Cluster',
        names: { plural, singular: kind.toLowerCase(), kind, listKind: `${kind}List` },
        versions: [{ name: version, served: true, storage: true, schema }],
      },
    })
  }

  async function untilFacts(want: object, cloud?: 'arc'): Promise<void> {
    await poll(JSON.stringify(want), 15_000, async () =>
      JSON.stringify(await discoverFacts(client, 'default', cloud)) === JSON.stringify(want)
        ? true
        : undefined,
    )
  }

  test('errors are what they are called', async () => {
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'taken' } }
    const create = { method: 'POST', path: SECRETS, body: secret } as const
    const created = await client.request(create)
    await assert.rejects(
      client.request(create),
      (error: unknown) => isConflict(error) && error.reason === 'AlreadyExists',
    )
    await assert.rejects(client.request({ method: 'GET', path: `${SECRETS}/none` }), (error: unknown) =>
      isNotFound(error),
    )
    await assert.rejects(
      client.request({ method: 'GET', path: '/apis/none.example/v1/things' }),
      (error: unknown) => isNotFound(error),
    )
    const put = {
      method: 'PUT',
      path: `${SECRETS}/taken`,
      body: { ...created, data: { a: 'eA==' } },
    } as const
    await client.request(put)
    await assert.rejects(
      client.request(put),
      (error: unknown) => isConflict(error) && error.reason === 'Conflict',
    )
    const stranger = createKubeClient(loadKubeConfig(await plane().kubeconfigFor({ user: 'stranger' })))
    await assert.rejects(stranger.request({ method: 'GET', path: SECRETS }), (error: unknown) =>
      isForbidden(error),
    )
    stranger.close()
  })

  describe('the Secret of the certificates', () => {
    test('replicas that start together end up with the same texts', async () => {
      await removeSecret()
      let issued = 0
      const allHaveRead = meeting(REPLICAS)
      const texts = await Promise.all(
        Array.from({ length: REPLICAS }, () =>
          ensureSecret(async existing => {
            await allHaveRead()
            if (existing['tls.crt'] !== undefined) return existing
            const own = String(issued++)
            return { 'tls.crt': own, 'tls.key': own, 'ca.crt': own, 'ca.key': own }
          }),
        ),
      )
      assert.equal(issued, REPLICAS)
      const winner = texts[0]?.['tls.crt'] ?? ''
      for (const text of texts) assert.deepEqual({ ...text }, { ...texts[0] })
      assert.equal(Buffer.from((await storedSecret()).data['tls.crt'] ?? '', 'base64').toString(), winner)
      assert.equal((await storedSecret()).type, 'kubernetes.io/tls')
    })

    test('what is good is not written again', async () => {
      const earlier = await plane().request<{ metadata: JsonObject }>(
        'GET',
        `${SECRETS}/${CERTIFICATE_SECRET}`,
      )
      await ensureSecret(async existing => existing)
      const later = await plane().request<{ metadata: JsonObject }>('GET', `${SECRETS}/${CERTIFICATE_SECRET}`)
      assert.equal(later.body.metadata['resourceVersion'], earlier.body.metadata['resourceVersion'])
    })

    test('replicas that replace together agree as well, and leave foreign keys alone', async () => {
      await removeSecret()
      const data = { 'tls.crt': '', 'tls.key': '', foreign: 'eA==' }
      const metadata = { name: CERTIFICATE_SECRET, labels: { chart: 'made-me' } }
      await plane().request('POST', SECRETS, {
        apiVersion: 'v1',
        kind: 'Secret',
        type: 'kubernetes.io/tls',
        metadata,
        data,
      })
      let issued = 0
      const allHaveRead = meeting(REPLICAS)
      const texts = await Promise.all(
        Array.from({ length: REPLICAS }, () =>
          ensureSecret(async existing => {
            await allHaveRead()
            return existing['tls.crt'] ? existing : { ...existing, 'tls.crt': `new-${issued++}` }
          }),
        ),
      )
      assert.equal(issued, REPLICAS)
      assert.equal(new Set(texts.map(text => text['tls.crt'])).size, 1)
      assert.equal((await storedSecret()).data['foreign'], 'eA==')
    })
  })

  describe('the facts about the cluster', () => {
    test('an empty cluster: existing nodes only, and Azure as long as nothing says otherwise', async () => {
      assert.deepEqual(await discoverFacts(client, 'default'), {
        provisioning: 'none',
        cloud: 'azure',
        imageVolumes: true,
      })
    })

    test('nodes tell the cloud, but for those of no cloud; the operator overrules them', async () => {
      await createNode('a-virtual')
      await createNode('b-kwok', 'kwok://b-kwok')
      assert.equal((await discoverFacts(client, 'default')).cloud, 'azure')
      await createNode('c-real', 'gce://project/zone/c-real')
      assert.equal((await discoverFacts(client, 'default')).cloud, 'gcp')
      assert.equal((await discoverFacts(client, 'default', 'arc')).cloud, 'arc')
      await plane().request('DELETE', '/api/v1/nodes/c-real')
      await createNode('d-real', 'aws:///us-east-1a/i-0123456789')
      assert.equal((await discoverFacts(client, 'default')).cloud, 'aws')
    })

    test('image volumes are kept by this API server, and told from nodes that are too old for them', async () => {
      const runtimes: Readonly<Record<string, boolean>> = {
        'containerd://2.1.0': true,
        'containerd://2.0.9': false,
        'containerd://1.7.27-1': false,
        'cri-o://1.34.1': true,
        'cri-o://1.30.2': false,
        'docker://29.1': true,
      }
      for (const [containerRuntimeVersion, want] of Object.entries(runtimes)) {
        await createNode('runtime')
        const status = { nodeInfo: { ...NODE_INFO, containerRuntimeVersion } }
        const path = '/api/v1/nodes/runtime'
        await plane().request('PATCH', `${path}/status`, { status }, 'application/merge-patch+json')
        assert.equal((await discoverFacts(client, 'default')).imageVolumes, want, containerRuntimeVersion)
        await plane().request('DELETE', path)
      }
      assert.equal((await discoverFacts(client, 'default')).imageVolumes, true)
    })

    test('nothing is left behind by asking, and who may not ask gets what works everywhere', async () => {
      const templates = '/api/v1/podtemplates'
      assert.deepEqual((await plane().request<{ items: unknown[] }>('GET', templates)).body.items, [])
      const stranger = createKubeClient(loadKubeConfig(await plane().kubeconfigFor({ user: 'stranger' })))
      assert.equal(await discoverImageVolumes(stranger, 'default', []), false)
      stranger.close()
      assert.equal(await discoverImageVolumes(client, 'no-such-namespace', []), false)
    })

    test('Machines are better than nothing, NodeClaims better than Machines', async () => {
      await serveKind('v1alpha5', 'machines', 'Machine')
      await untilFacts({ provisioning: 'machine', cloud: 'aws', imageVolumes: true })
      await serveKind('v1', 'nodeclaims', 'NodeClaim')
      await untilFacts({ provisioning: 'nodeclaim', cloud: 'aws', imageVolumes: true })
    })
  })
})
