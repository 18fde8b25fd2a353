// The watch on a real API server: what it sends, ends and refuses is what the watch must live with.
import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import type { WatchTarget } from '../../src/core/ports.ts'
import { createKubeClient, type KubeClient } from '../../src/kube/client.ts'
import { loadKubeConfig } from '../../src/kube/kubeconfig.ts'
import { watchResource, type Watch, type WatchOptions } from '../../src/kube/watch.ts'
import { describeWithControlPlane } from '../cluster/available.ts'
import { poll } from '../cluster/poll.ts'
import { makeWatchLog, type WatchLog } from './watch-log.ts'

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps'
const CUSTOM_RESOURCE_DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
const TIMEOUT_MS = 15_000

function labelled(label: string): WatchTarget {
  return { path: { base: '/api/v1', resource: 'configmaps' }, query: { labelSelector: `suite=${label}` } }
}

async function untilTold(log: WatchLog, want: readonly string[]): Promise<void> {
  const state = (): string => `${JSON.stringify(log.told)}, not ${JSON.stringify(want)}`
  await poll(state, TIMEOUT_MS, () => JSON.stringify(log.told) === JSON.stringify(want) || undefined)
}

async function untilListedAnew(log: WatchLog, name: string): Promise<void> {
  await untilTold(log, ['list', 'listed', 'list', `+${name}`, 'listed'])
  assert.equal(log.happened.filter(entry => entry === 'list').length, 2)
}

await describeWithControlPlane('watchResource on a real API server', { controllers: false }, plane => {
  let client: KubeClient
  let stop = new AbortController()
  let watches: Watch[] = []
  before(() => {
    client = createKubeClient(loadKubeConfig(plane().kubeconfig))
  })
  afterEach(async () => {
    stop.abort()
    await Promise.all(watches.map(({ ended }) => ended))
    stop = new AbortController()
    watches = []
  })
  after(() => client.close())

  function start(
    target: WatchTarget,
    { handler, observer }: WatchLog,
    { client: by = client, ...options }: Partial<WatchOptions> & { readonly client?: KubeClient } = {},
  ): Watch {
    const watch = watchResource(by, target, handler, { signal: stop.signal, observer, ...options })
    watches.push(watch)
    return watch
  }

  async function create(name: string, label: string): Promise<void> {
    const metadata = { name, labels: { suite: label } }
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata }
    assert.equal((await plane().request('POST', CONFIG_MAPS, body)).status, 201)
  }

  test('sees what is there, page by page, and then what comes, changes and goes', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) await create(name, 'crud')
    const log = makeWatchLog()
    const watch = start(labelled('crud'), log, { pageItems: 2 })
    await watch.synced
    const listed = ['list', '+a', '+b', '+c', '+d', '+e', 'listed']
    assert.deepEqual(log.told, listed)
    await create('f', 'crud')
    const patch = { metadata: { labels: { changed: 'yes' } } }
    await client.request({
      method: 'PATCH',
      path: `${CONFIG_MAPS}/a`,
      body: patch,
      contentType: 'application/merge-patch+json',
    })
    await plane().request('DELETE', `${CONFIG_MAPS}/b`)
    await untilTold(log, [...listed, '+f', '+a', '-b'])
    assert.deepEqual(log.happened, ['list'])
  })

  test('an object that no longer matches the selector is told as deleted', async () => {
    await create('leaving', 'leave')
    const log = makeWatchLog()
    await start(labelled('leave'), log).synced
    const path = `${CONFIG_MAPS}/leaving`
    const body = { metadata: { labels: { suite: 'elsewhere' } } }
    await client.request({ method: 'PATCH', path, body, contentType: 'application/merge-patch+json' })
    await untilTold(log, ['list', '+leaving', 'listed', '-leaving'])
  })

  test('goes on where the API server ends it, without a new list and without a gap', async () => {
    const log = makeWatchLog()
    const watch = start(labelled('short'), log, { timeoutSeconds: 1 })
    await watch.synced
    const names = Array.from({ length: 12 }, (_, index) => `short-${index}`)
    for (const [index, name] of names.entries()) {
      await create(name, 'short')
      const restarts = Math.floor(index / 4)
      const enough = (): boolean => log.happened.filter(entry => entry === 'restart').length >= restarts
      await poll('the watch is restarted', TIMEOUT_MS, () => enough() || undefined)
    }
    await untilTold(log, ['list', 'listed', ...names.map(name => `+${name}`)])
    assert.deepEqual(
      log.happened.filter(entry => entry !== 'restart'),
      ['list'],
    )
  })

  /** As if the API server had a list that ended at another resourceVersion, the first time. */
  function withFirstVersion(resourceVersion: string): KubeClient {
    let lists = 0
    return {
      ...client,
      async request(request) {
        const answer = await client.request(request)
        if (request.query?.['limit'] !== '500' || lists++ > 0) return answer
        return { ...answer, metadata: { resourceVersion } }
      },
    }
  }

  test('a resourceVersion that is not there yet, as after a restore of etcd, is given up for a new list', async () => {
    const log = makeWatchLog()
    const options = { client: withFirstVersion('999999999'), timeoutSeconds: 1 }
    await start(labelled('future'), log, options).synced
    await create('future', 'future')
    await untilListedAnew(log, 'future')
  })

  test('a resourceVersion that is long gone is given up for a new list', async () => {
    const target = await serveKind('Relic', 'relics')
    const log = makeWatchLog()
    const relic = { apiVersion: 'watch.example/v1', kind: 'Relic', metadata: { name: 'old' } }
    await poll('the CRD is served', TIMEOUT_MS, async () => {
      const { status } = await plane().request('GET', '/apis/watch.example/v1/relics')
      return status === 200 || undefined
    })
    const forgetful = withFirstVersion('1')
    const beforeFirstWatch: KubeClient = {
      ...forgetful,
      async stream(request, options) {
        if (request.query?.['resourceVersion'] === '1') {
          await plane().request('POST', '/apis/watch.example/v1/relics', relic)
        }
        return await forgetful.stream(request, options)
      },
    }
    await start(target, log, { client: beforeFirstWatch }).synced
    await untilListedAnew(log, 'old')
    assert.match(log.happened.join('; '), /failure: .*too old resource version/)
  })

  async function serveKind(kind: string, plural: string): Promise<WatchTarget> {
    const { status } = await plane().request('POST', CUSTOM_RESOURCE_DEFINITIONS, {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `${plural}.watch.example` },
      spec: {
        group: 'watch.example',
        scope: 'Cluster',
        names: { plural, singular: kind.toLowerCase(), kind },
        versions: [
          { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } },
        ],
      },
    })
    assert.equal(status, 201)
    return { path: { base: '/apis/watch.example/v1', resource: plural } }
  }

  test('a resource that is not served is empty until its CRD is installed, and when it is gone again', async () => {
    const log = makeWatchLog()
    const target: WatchTarget = { path: { base: '/apis/watch.example/v1', resource: 'things' } }
    const watch = start(target, log)
    await watch.synced
    assert.deepEqual(log.told, ['list', 'listed'])
    assert.deepEqual(log.happened, ['list', 'not served'])
    await serveKind('Thing', 'things')
    const thing = { apiVersion: 'watch.example/v1', kind: 'Thing', metadata: { name: 'first' } }
    await poll('the CRD is served', TIMEOUT_MS, async () => {
      const { status } = await plane().request('POST', '/apis/watch.example/v1/things', thing)
      return status === 201 || undefined
    })
    await poll('the thing is told', TIMEOUT_MS, () => {
      watch.retryNow()
      return log.told.includes('+first') || undefined
    })
    await plane().request('DELETE', `${CUSTOM_RESOURCE_DEFINITIONS}/things.watch.example`)
    await poll('its end is told', TIMEOUT_MS, () => {
      watch.retryNow()
      return (log.told.includes('-first') && log.told.at(-1) === 'listed') || undefined
    })
  })

  test('without the right to it: says so, and begins when the right is there', async () => {
    await create('secretive', 'rights')
    const stranger = createKubeClient(loadKubeConfig(await plane().kubeconfigFor({ user: 'watcher' })))
    const log = makeWatchLog()
    const watch = start(labelled('rights'), log, { client: stranger, random: () => 0.1 })
    await poll('it is refused', TIMEOUT_MS, () =>
      log.happened.some(entry => /failure: .*cannot list resource "configmaps"/.test(entry))
        ? true
        : undefined,
    )
    const rules = ['--verb=list,watch', '--resource=configmaps']
    assert.equal((await plane().kubectl(['create', 'clusterrole', 'watcher', ...rules])).code, 0)
    const binding = ['create', 'clusterrolebinding', 'watcher', '--clusterrole=watcher', '--user=watcher']
    assert.equal((await plane().kubectl(binding)).code, 0)
    await watch.synced
    assert.ok(log.told.includes('+secretive'))
    stop.abort()
    await watch.ended
    stranger.close()
  })
})
