// What the simulator takes for granted about watches: the order of news, lists of one moment, and what happens between the
// loss of a place and the list that follows.
import assert from 'node:assert/strict'
import { isNewer } from '../../../src/controller/cache.ts'
import type { JsonObject } from '../../../src/core/api/json.ts'
import type { WatchHandler, WatchTarget } from '../../../src/core/ports.ts'
import { MERGE_PATCH, nameOf, SERVICES, versionOf, type Semantic, type SubjectCluster } from './semantic.ts'

interface Told {
  /** `list`, `+name`, `-name`, `listed`. */
  readonly what: string
  readonly version: string
}

function labelled(suite: string): WatchTarget {
  return { path: { base: '/api/v1', resource: 'services' }, query: { labelSelector: `suite=${suite}` } }
}

/** Writes down what it is told. */
function recorder(): { readonly handler: WatchHandler; readonly told: readonly Told[] } {
  const told: Told[] = []
  const note = (sign: string, object: JsonObject): void =>
    void told.push({ what: `${sign}${nameOf(object)}`, version: versionOf(object) })
  const handler: WatchHandler = {
    onObject: object => note('+', object),
    onDeleted: object => note('-', object),
    onListStart: () => void told.push({ what: 'list', version: '' }),
    onListEnd: version => void told.push({ what: 'listed', version: version ?? '' }),
  }
  return { handler, told }
}

async function create(cluster: SubjectCluster, name: string, suite: string): Promise<JsonObject> {
  const spec = { clusterIP: 'None', ports: [{ port: 80 }] }
  const service = { apiVersion: 'v1', kind: 'Service', metadata: { name, labels: { suite } }, spec }
  const { status, body } = await cluster.request('POST', SERVICES, service)
  assert.equal(status, 201, JSON.stringify(body))
  return body
}

async function untilTold(
  cluster: SubjectCluster,
  told: readonly Told[],
  want: readonly string[],
): Promise<void> {
  const now = (): readonly string[] => told.map(({ what }) => what)
  await cluster.until(`the watch has told ${want.join(' ')}`, () =>
    Promise.resolve(now().length >= want.length ? true : undefined),
  )
  assert.deepEqual(now(), want)
}

function assertRising(versions: readonly string[]): void {
  versions.forEach((version, index) => {
    const before = versions[index - 1]
    if (before !== undefined) assert.ok(isNewer(version, before), `${version} after ${before}`)
  })
}

export const WATCH_SEMANTICS: readonly Semantic[] = [
  {
    name: 'news of one kind come in the order of their versions, what a selector loses as its end',
    async check(cluster) {
      const { handler, told } = recorder()
      await create(cluster, 'old', 'order')
      cluster.watch(labelled('order'), handler)
      await untilTold(cluster, told, ['list', '+old', 'listed'])
      const young = await create(cluster, 'young', 'order')
      const elsewhere = { metadata: { labels: { suite: 'elsewhere' } } }
      await cluster.request('PATCH', `${SERVICES}/old`, elsewhere, MERGE_PATCH)
      await cluster.request('DELETE', `${SERVICES}/young`)
      await untilTold(cluster, told, ['list', '+old', 'listed', '+young', '-old', '-young'])
      const [, old, listed, ...news] = told.map(({ version }) => version)
      assert.ok(!isNewer(old ?? '', listed ?? ''), 'a list is no older than what it names')
      assert.equal(news[0], versionOf(young))
      assertRising([listed ?? '', ...news])
    },
  },
  {
    name: 'a watch that has lost its place lists again: what came and went meanwhile is never told of',
    async check(cluster) {
      const { handler, told } = recorder()
      await create(cluster, 'goes', 'lost')
      await create(cluster, 'stays', 'lost')
      cluster.watch(labelled('lost'), handler)
      await untilTold(cluster, told, ['list', '+goes', '+stays', 'listed'])
      let passing: JsonObject = {}
      await cluster.loseWatches(async () => {
        await cluster.request('DELETE', `${SERVICES}/goes`)
        passing = await create(cluster, 'passing', 'lost')
        await cluster.request('DELETE', `${SERVICES}/passing`)
      })
      const first = ['list', '+goes', '+stays', 'listed']
      await untilTold(cluster, told, [...first, 'list', '+stays', 'listed'])
      const listed = told.at(-1)?.version ?? ''
      assert.ok(
        isNewer(listed, versionOf(passing)),
        'the list is of a later moment than what it does not name',
      )
      const late = await create(cluster, 'late', 'lost')
      await untilTold(cluster, told, [...first, 'list', '+stays', 'listed', '+late'])
      assert.ok(isNewer(versionOf(late), listed))
    },
  },
]
