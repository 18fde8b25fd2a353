// Services of workloads: which are made, which are left alone, and that clients reach the pods by them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isObject, listAt, objectAt, type JsonObject } from '../../src/core/api/json.ts'
import { nameOf } from '../admission/api.ts'
import { conditionOf, uidOf } from './eyes.ts'
import { makeOwnNode } from './held-back.ts'
import type { Cluster } from './suite.ts'
import { makeDeployment, makeStatefulSet } from './workloads.ts'

const SPEC_HASH = 'kaito.sh/service-spec'

export function defineServices(cluster: () => Cluster): void {
  test('none is made where none is wanted, and it goes and comes with the annotation', async () => {
    const { create, createNamespace, kubectl, until } = cluster()
    await createNamespace('wanted')
    await create(
      'wanted',
      makeDeployment('model', { replicas: 0, annotations: { 'kaito.sh/service': 'false' } }),
    )
    await untilOthersHaveTheirs(cluster(), 'wanted')
    const look = () => serviceOf(cluster(), 'wanted', 'model')
    assert.equal(await look(), undefined)
    await kubectl(['-n', 'wanted', 'annotate', 'deploy/model', 'kaito.sh/service-'])
    await until('the Service is made', look)
    await kubectl(['-n', 'wanted', 'annotate', 'deploy/model', 'kaito.sh/service=false'])
    await until('the Service is gone', async () => ((await look()) === undefined ? true : undefined))
  })

  test('somebody else’s of that name stays as it is, and an Event says so', async () => {
    const { create, createNamespace, until, eventsOf, kubectl } = cluster()
    await createNamespace('foreign')
    await kubectl(['-n', 'foreign', 'create', 'service', 'clusterip', 'model', '--tcp=80:1234'])
    const before = await serviceOf(cluster(), 'foreign', 'model')
    assert.ok(before)
    await create('foreign', makeDeployment('model', { replicas: 0 }))
    await until('the Event', async () =>
      (await eventsOf('foreign', 'model')).some(text => /^ServiceExists: .* Service model /.test(text))
        ? true
        : undefined,
    )
    await untilOthersHaveTheirs(cluster(), 'foreign')
    assert.deepEqual(await serviceOf(cluster(), 'foreign', 'model'), before)
  })

  test('the one that comes behind its Deployment in the user’s own file wins', async () => {
    const { createNamespace, until } = cluster()
    await createNamespace('file')
    let tries = 0
    const name = await until('a file that comes without delay', () =>
      applySlowly(cluster(), `model-${++tries}`),
    )
    await untilOthersHaveTheirs(cluster(), 'file')
    const found = await serviceOf(cluster(), 'file', name)
    const { selector, ports } = objectAt(found, 'spec')
    assert.deepEqual({ selector, ports }, OWN_SPEC)
    assert.deepEqual(listAt(objectAt(found, 'metadata'), 'ownerReferences'), [])
  })

  test('ours follows the port of the user’s own server, keeps what its user made of it, and comes back', async () => {
    const { create, createNamespace, until, patch, kubectl, untilRunning } = cluster()
    await createNamespace('port')
    const containers = [{ name: 'model', image: 'example.test/server:1', ports: [{ containerPort: 8080 }] }]
    await create('port', makeDeployment('model', { pod: { containers } }))
    const first = await until('the Service', () => serviceOf(cluster(), 'port', 'model'))
    assert.equal(portOf(first)?.['targetPort'], 8080)
    await kubectl(['-n', 'port', 'patch', 'service', 'model', '-p', '{"spec":{"type":"NodePort"}}'])
    await kubectl(['-n', 'port', 'annotate', 'service', 'model', 'example.test/team=blue'])
    const edited = await serviceOf(cluster(), 'port', 'model')
    await patch('port', 'Deployment', 'model', 'json-patch', [
      { op: 'replace', path: '/spec/template/spec/containers/0/ports/0/containerPort', value: 9090 },
    ])
    const moved = await until('it leads to the new port', async () => {
      const found = await serviceOf(cluster(), 'port', 'model')
      return portOf(found)?.['targetPort'] === 9090 ? found : undefined
    })
    assert.deepEqual(portOf(moved), { ...portOf(edited), targetPort: 9090 })
    assert.equal(objectAt(moved, 'spec')['type'], 'NodePort')
    assert.equal(objectAt(objectAt(moved, 'metadata'), 'annotations')['example.test/team'], 'blue')
    await kubectl(['-n', 'port', 'rollout', 'status', 'deploy/model', '--timeout=60s'])
    await untilRunning('port', 1)
    await untilLeadsTo(cluster(), 'port', 'model', [9090])

    await kubectl(['-n', 'port', 'delete', 'service', 'model'])
    const again = await until('another one is made', () => serviceOf(cluster(), 'port', 'model'))
    assert.notEqual(uidOf(again), uidOf(first))
    await untilLeadsTo(cluster(), 'port', 'model', [9090])
  })

  test('clients reach workloads whose name the API server makes up, or no Service may have', async () => {
    const { create, createNamespace, untilRunning } = cluster()
    await createNamespace('names')
    const { metadata, ...rest } = makeDeployment('phi')
    const { name: _, ...unnamed } = metadata as JsonObject
    const generated = nameOf(
      await create('names', { ...rest, metadata: { ...unnamed, generateName: 'phi-' } }),
    )
    assert.match(generated, /^phi-[a-z0-9]+$/)
    await create('names', makeDeployment('phi-3.5-mini'))
    await untilRunning('names', 2)
    await untilLeadsTo(cluster(), 'names', generated, [5000])
    await untilLeadsTo(cluster(), 'names', 'phi-3-5-mini', [5000])
  })

  test('ours still finds the pods of a workload that is not ours any more', async () => {
    const { create, createNamespace, until, kubectl, untilRunning } = cluster()
    await createNamespace('former')
    await makeOwnNode(cluster(), { name: 'former-1', instanceType: 'cpu-only', gpus: 0 })
    const pod = {
      containers: [{ name: 'model', image: 'example.test/server:1', ports: [{ containerPort: 80 }] }],
    }
    await create('former', makeDeployment('one', { pod }))
    await create('former', makeStatefulSet('two', 1, { pod }))
    await untilRunning('former', 2)
    for (const [name, resource] of [
      ['one', 'deploy/one'],
      ['two', 'statefulset/two'],
    ] as const) {
      await untilLeadsTo(cluster(), 'former', name, [80])
      await kubectl(['-n', 'former', 'annotate', resource, 'kaito.sh/preset-'])
      await kubectl(['-n', 'former', 'rollout', 'status', resource, '--timeout=60s'])
      await until(`${name} is found by its own labels`, async () => {
        const { selector } = objectAt(await serviceOf(cluster(), 'former', name), 'spec')
        return JSON.stringify(selector) === JSON.stringify({ app: name }) ? true : undefined
      })
      await untilLeadsTo(cluster(), 'former', name, [80])
    }
  })
}

const OWN_SPEC = {
  selector: { app: 'model' },
  ports: [{ name: 'web', protocol: 'TCP', port: 8000, targetPort: 5000 }],
}
/** So long a Service is sure to be waited for: 3 s from a creationTimestamp of whole seconds. */
const SURE_MS = 2000

/**
 * A Deployment, and its user's own Service when the controller has looked at the Deployment. Undefined: this machine was so
 * slow that ours may rightly have been first.
 */
async function applySlowly(
  { plane, create, get, until }: Cluster,
  name: string,
): Promise<string | undefined> {
  const begunMs = Date.now()
  await create('file', makeDeployment(name, { replicas: 0 }))
  await until('the controller has seen it', async () =>
    conditionOf(await get('file', 'Deployment', name), 'kaito.sh/Ready'),
  )
  const service = { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: OWN_SPEC }
  const { status } = await plane.request('POST', '/api/v1/namespaces/file/services', service)
  if (Date.now() - begunMs > SURE_MS) return undefined
  assert.equal(status, 201)
  return name
}

/** What comes later has its Service: whatever was to be done for what was there before is done. */
async function untilOthersHaveTheirs(cluster: Cluster, namespace: string): Promise<void> {
  await cluster.create(namespace, makeDeployment('other', { replicas: 0 }))
  await cluster.until('another Deployment has its Service', async () => {
    const service = await serviceOf(cluster, namespace, 'other')
    return objectAt(objectAt(service, 'metadata'), 'annotations')[SPEC_HASH] === undefined ? undefined : true
  })
}

async function serviceOf(
  { plane }: Cluster,
  namespace: string,
  name: string,
): Promise<JsonObject | undefined> {
  const path = `/api/v1/namespaces/${namespace}/services/${name}`
  const { status, body } = await plane.request<JsonObject>('GET', path)
  assert.ok([200, 404].includes(status), JSON.stringify(body))
  return status === 200 ? body : undefined
}

/** The one port of a Service. */
function portOf(service: JsonObject | undefined): JsonObject | undefined {
  const [port, ...others] = listAt(objectAt(service, 'spec'), 'ports').filter(isObject)
  assert.deepEqual(others, [])
  return port
}

/** One ready pod can be reached by the Service, on these ports of its own. */
async function untilLeadsTo(
  { plane, until }: Cluster,
  namespace: string,
  name: string,
  ports: readonly number[],
): Promise<void> {
  const query = `labelSelector=${encodeURIComponent(`kubernetes.io/service-name=${name}`)}`
  const path = `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices?${query}`
  await until(`${namespace}/${name} leads to one pod, port ${ports.join(', ')}`, async () => {
    const { body } = await plane.request<JsonObject>('GET', path)
    const slices = listAt(body, 'items').filter(isObject)
    const reached = slices.flatMap(slice => {
      const numbers = listAt(slice, 'ports').map(port => isObject(port) && port['port'])
      return listAt(slice, 'endpoints')
        .filter(isReadyEndpoint)
        .map(() => numbers)
    })
    return JSON.stringify(reached) === JSON.stringify([ports]) ? true : undefined
  })
}

function isReadyEndpoint(endpoint: unknown): boolean {
  return isObject(endpoint) && objectAt(endpoint, 'conditions')['ready'] === true
}
