// What a real API server cannot be made to do: answers that break off, lie or say nothing.
import assert from 'node:assert/strict'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { describe, test } from 'node:test'
import type { JsonObject } from '../../src/core/api/json.ts'
import { createKubeClient } from '../../src/kube/client.ts'
import { watchResource, type Watch, type WatchOptions } from '../../src/kube/watch.ts'
import { poll } from '../cluster/poll.ts'
import { makeApi } from './make-api.ts'
import { makeWatchLog, type WatchLog } from './watch-log.ts'

const TIMEOUT_MS = 5000

interface Asked {
  readonly query: URLSearchParams
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

interface Server {
  readonly list?: (asked: Asked) => void
  /** The watch; `nth` counts from 0. */
  readonly watch?: (asked: Asked, nth: number) => void
}

interface Running extends WatchLog {
  readonly watch: Watch
  /** The queries of lists and watches; not those of the checks of a version. */
  readonly asked: URLSearchParams[]
  readonly untilTold: (want: readonly string[]) => Promise<void>
  readonly stop: () => void
}

/** Runs a watch of pods against a server that answers like this. */
async function withWatch(
  server: Server,
  run: (running: Running) => Promise<void>,
  options: Partial<WatchOptions> = {},
  onObject?: (object: JsonObject) => void,
): Promise<void> {
  const asked: URLSearchParams[] = []
  let watches = 0
  const api = await makeApi((request, response) => {
    const query = new URL(request.url ?? '', 'https://host').searchParams
    if (query.has('resourceVersionMatch')) {
      response.end(list([], 'any'))
      return
    }
    asked.push(query)
    if (query.get('watch') === 'true') (server.watch ?? hold)({ query, request, response }, watches++)
    else if (server.list === undefined) response.end(list([], '10'))
    else server.list({ query, request, response })
  })
  const client = createKubeClient(api.connection)
  const stop = new AbortController()
  const log = makeWatchLog(onObject)
  const target = { path: { base: '/api/v1', resource: 'pods' } }
  const { signal } = stop
  const watch = watchResource(client, target, log.handler, {
    signal,
    observer: log.observer,
    random: () => 0.01,
    ...options,
  })
  const untilTold = async (want: readonly string[]): Promise<void> => {
    const state = (): string => `${JSON.stringify(log)}, not ${JSON.stringify(want)}`
    await poll(state, TIMEOUT_MS, () => JSON.stringify(log.told) === JSON.stringify(want) || undefined)
  }
  try {
    await run({ ...log, watch, asked, untilTold, stop: () => stop.abort() })
  } finally {
    stop.abort()
    await watch.ended
    client.close()
    await api.stop()
  }
}

function hold({ response }: Asked): void {
  response.flushHeaders()
}

function object(name: string, resourceVersion: string): JsonObject {
  return { metadata: { name, resourceVersion } }
}

function list(names: readonly string[], resourceVersion: string, token = ''): string {
  return JSON.stringify({
    metadata: { resourceVersion, continue: token },
    items: names.map(name => object(name, '1')),
  })
}

function line(type: string, changed: JsonObject): string {
  return `${JSON.stringify({ type, object: changed })}\n`
}

function gone(): JsonObject {
  return { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' }
}

describe('watchResource', () => {
  test('hands pages over as they come, and watches from the version of the list', async () => {
    const pages = [list(['a', 'b'], '7', 'next one'), list(['c'], '7')]
    let served = 0
    const server: Server = {
      list({ query, response }) {
        assert.equal(query.get('continue'), served === 0 ? null : 'next one')
        response.end(pages[served++])
      },
    }
    await withWatch(server, async ({ watch, told, listedAt, asked, happened }) => {
      await watch.synced
      assert.deepEqual(told, ['list', '+a', '+b', '+c', 'listed'])
      assert.deepEqual(listedAt, ['7'])
      await poll('the watch begins', TIMEOUT_MS, () => asked.length === 3 || undefined)
      assert.deepEqual(Object.fromEntries(asked[2] ?? []), {
        watch: 'true',
        allowWatchBookmarks: 'true',
        resourceVersion: '7',
        timeoutSeconds: '303',
      })
      assert.deepEqual(happened, ['list'])
    })
  })

  test('a list that is compacted away between its pages begins anew', async () => {
    let served = 0
    const server: Server = {
      list({ response }) {
        served++
        if (served === 1) response.end(list(['a'], '7', 'more'))
        else if (served === 2) response.writeHead(410).end(JSON.stringify(gone()))
        else response.end(list(['b'], '9'))
      },
    }
    await withWatch(server, async ({ untilTold, happened }) => {
      await untilTold(['list', '+a', 'list', '+b', 'listed'])
      assert.deepEqual(happened, ['list', 'failure: GET /api/v1/pods: too old', 'list'])
    })
  })

  test('a line that breaks off is asked for again, from the last whole one', async () => {
    const server: Server = {
      watch({ query, response, request }, nth) {
        const whole = line('ADDED', object('a', '11')) + line('BOOKMARK', object('-', '12'))
        if (nth === 0) {
          response.write(`${whole}{"type":"ADDED","object":{"meta`, () => request.socket.destroy())
        } else {
          assert.equal(query.get('resourceVersion'), '12')
          response.write(line('ADDED', object('b', '13')))
        }
      },
    }
    await withWatch(server, async ({ untilTold, happened }) => {
      await untilTold(['list', 'listed', '+a', '+b'])
      assert.deepEqual([happened[0], happened[2]], ['list', 'restart'])
      assert.match(happened[1] ?? '', /^failure: .*(aborted|ECONNRESET|hang up)/)
    })
  })

  test('410 as an event, or as the answer, is a new list', async () => {
    for (const asEvent of [true, false]) {
      let version = 10
      const server: Server = {
        list: ({ response }) => response.end(list(['a'], String(version++))),
        watch({ response }, nth) {
          if (nth > 0) hold({ response } as Asked)
          else if (asEvent) response.end(line('ERROR', gone()))
          else response.writeHead(410).end(JSON.stringify(gone()))
        },
      }
      await withWatch(server, async ({ untilTold, asked }) => {
        await untilTold(['list', '+a', 'listed', 'list', '+a', 'listed'])
        await poll('the second watch', TIMEOUT_MS, () => asked.length === 4 || undefined)
        assert.equal(asked[3]?.get('resourceVersion'), '11')
      })
    }
  })

  test('another ERROR is a pause, not a new list', async () => {
    const server: Server = {
      watch(asked, nth) {
        if (nth > 0) return hold(asked)
        asked.response.end(line('ERROR', { code: 500, message: 'etcd is away' }))
      },
    }
    await withWatch(server, async ({ happened }) => {
      await poll('the restart', TIMEOUT_MS, () => happened.includes('restart') || undefined)
      assert.deepEqual(happened, ['list', 'failure: watching /api/v1/pods: etcd is away', 'restart'])
    })
  })

  const BAD_ENDS: readonly { name: string; answer: (asked: Asked) => void }[] = [
    { name: '410 again and again', answer: ({ response }) => response.end(line('ERROR', gone())) },
    { name: 'the end at once', answer: ({ response }) => response.end() },
    { name: '500', answer: ({ response }) => response.writeHead(500).end() },
    { name: 'a login page', answer: ({ response }) => response.end('<html>\n') },
    { name: '403', answer: ({ response }) => response.writeHead(403).end() },
  ]
  for (const { name, answer } of BAD_ENDS) {
    test(`${name} is asked for ever more seldom`, async () => {
      const waits: number[] = []
      const sleep = (ms: number, signal: AbortSignal): Promise<void> => {
        waits.push(ms)
        if (waits.length < 6) return Promise.resolve()
        return new Promise((_, reject) =>
          signal.addEventListener('abort', () => reject(new Error('stopped'))),
        )
      }
      await withWatch(
        { watch: answer },
        async () => {
          await poll('six failures', TIMEOUT_MS, () => waits.length === 6 || undefined)
          const last = waits.slice(-4)
          assert.deepEqual(
            last,
            last.toSorted((a, b) => a - b),
          )
          assert.ok((last[0] ?? 0) >= 500 && (last[3] ?? 0) >= 4000, String(waits))
        },
        { sleep, random: () => 1 },
      )
    })
  }

  test('a watch that is silent for too long is broken, and is begun anew', async () => {
    await withWatch(
      {},
      async ({ happened }) => {
        await poll('a restart', TIMEOUT_MS, () => happened.includes('restart') || undefined)
        assert.match(happened[1] ?? '', /^failure: .*silent for 0.1 s/)
      },
      { idleTimeoutMs: 100 },
    )
  })

  test('a handler that throws is told of, and misses nothing else', async () => {
    const server: Server = {
      list: ({ response }) => response.end(list(['a', 'b'], '10')),
      watch: ({ response }) =>
        response.write(line('ADDED', object('a', '11')) + line('ADDED', object('c', '12'))),
    }
    await withWatch(
      server,
      async ({ untilTold, happened }) => {
        await untilTold(['list', '+a', '+b', 'listed', '+a', '+c'])
        assert.deepEqual(happened, ['list', 'handler: a bug', 'handler: a bug'])
      },
      {},
      changed => {
        if (JSON.stringify(changed).includes('"a"')) throw new TypeError('a bug')
      },
    )
  })

  test('what was there and is no longer served counts as gone only the second time', async () => {
    let answers = 0
    const server: Server = {
      list({ response }) {
        if (answers++ === 0) response.end(list(['a'], '10'))
        else response.writeHead(404).end('{}')
      },
      watch: ({ response }) => response.writeHead(404).end('{}'),
    }
    await withWatch(server, async ({ told, listedAt, happened, watch }) => {
      await poll('it is not served', TIMEOUT_MS, () => happened.includes('not served') || undefined)
      assert.deepEqual(told, ['list', '+a', 'listed'])
      await poll('asked again', TIMEOUT_MS, () => {
        watch.retryNow()
        return told.length === 5 || undefined
      })
      assert.deepEqual(told, ['list', '+a', 'listed', 'list', 'listed'])
      assert.deepEqual(listedAt, ['10', undefined])
      assert.equal(happened.filter(entry => entry === 'not served').length, 1)
    })
  })

  test('knows when it last heard of the API server', async () => {
    let now = 1000
    const watches: ServerResponse[] = []
    const server: Server = {
      watch({ response }) {
        response.flushHeaders()
        watches.push(response)
      },
    }
    await withWatch(
      server,
      async ({ watch, untilTold }) => {
        await watch.synced
        await poll('the watch begins', TIMEOUT_MS, () => watches.length === 1 || undefined)
        assert.equal(watch.lastContactAtMs(), 1000)
        now = 61_000
        assert.equal(watch.lastContactAtMs(), 1000)
        watches[0]?.write(line('ADDED', object('a', '11')))
        await untilTold(['list', 'listed', '+a'])
        assert.equal(watch.lastContactAtMs(), 61_000)
      },
      { clock: { now: () => now } },
    )
  })

  test('ends with its signal: in a list, in a watch, in a pause', async () => {
    const states: readonly Server[] = [
      { list: () => {} },
      {},
      { list: ({ response }) => response.writeHead(404).end('{}') },
    ]
    for (const server of states) {
      await withWatch(server, async ({ asked, watch, stop }) => {
        await poll('it has begun', TIMEOUT_MS, () => asked.length > 0 || undefined)
        const stoppedMs = performance.now()
        stop()
        await watch.ended
        assert.ok(performance.now() - stoppedMs < 1000)
      })
    }
  })
})
