import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { RequestListener, ServerResponse } from 'node:http'
import { describe, test } from 'node:test'
import { createKubeClient, type KubeClient } from '../../src/kube/client.ts'
import { isGone, isTransient } from '../../src/kube/errors.ts'
import { poll } from '../cluster/poll.ts'
import { makeApi } from './make-api.ts'

const watch = { method: 'GET', path: '/api/v1/pods', query: { watch: 'true' } } as const

/** Runs a test with a client of a server that answers like this. */
async function withApi(listener: RequestListener, run: (client: KubeClient) => Promise<void>): Promise<void> {
  const api = await makeApi(listener)
  const client = createKubeClient(api.connection)
  try {
    await run(client)
  } finally {
    client.close()
    await api.stop()
  }
}

async function textOf(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of body) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

function never(): AbortSignal {
  return new AbortController().signal
}

describe('a stream', () => {
  test('yields what comes as it comes, and ends when the server ends it', async () => {
    const answers: ServerResponse[] = []
    await withApi(
      (request, response) => {
        assert.equal(request.url, '/api/v1/pods?watch=true')
        answers.push(response)
        response.write('one\n')
      },
      async client => {
        const body = (await client.stream(watch, { signal: never() }))[Symbol.asyncIterator]()
        assert.equal(String((await body.next()).value), 'one\n')
        answers[0]?.write('two')
        assert.equal(String((await body.next()).value), 'two')
        answers[0]?.end()
        assert.equal((await body.next()).done, true)
      },
    )
  })

  test('gives the connection back when it was read to its end', async () => {
    let connections = 0
    const api = await makeApi((_, response) => response.end('{}'))
    api.server.on('secureConnection', () => connections++)
    const client = createKubeClient(api.connection)
    for (let i = 0; i < 3; i++) await textOf(await client.stream(watch, { signal: never() }))
    await client.request(watch)
    assert.equal(connections, 1)
    client.close()
    await api.stop()
  })

  test('rejects with the translated error where the head is no success', async () => {
    await withApi(
      (_, response) => response.writeHead(410).end('{"kind":"Status","message":"too old"}'),
      async client => {
        await assert.rejects(client.stream(watch, { signal: never() }), (error: unknown) => {
          assert.ok(isGone(error))
          assert.equal(error.message, 'GET /api/v1/pods: too old')
          return true
        })
      },
    )
  })

  test('a connection that breaks is transient, before the head and behind it', async () => {
    await withApi(
      request => request.socket.destroy(),
      async client => assert.rejects(client.stream(watch, { signal: never() }), isTransient),
    )
    await withApi(
      (request, response) => response.write('one', () => request.socket.destroy()),
      async client => {
        const body = await client.stream(watch, { signal: never() })
        await assert.rejects(textOf(body), isTransient)
      },
    )
  })

  test('a connection that breaks before anybody listens is told to who comes', async () => {
    const api = await makeApi((_, response) => response.write('one'))
    const client = createKubeClient(api.connection)
    const body = await client.stream(watch, { signal: never() })
    await api.stop()
    await assert.rejects(textOf(body), isTransient)
    client.close()
  })

  test('silence is broken after the time that the caller gives', async () => {
    await withApi(
      (_, response) => response.write('one'),
      async client => {
        const body = await client.stream(watch, { signal: never(), idleTimeoutMs: 50 })
        await assert.rejects(textOf(body), (error: unknown) => {
          assert.ok(isTransient(error))
          assert.match(error.message, /silent for 0.05 s/)
          return true
        })
      },
    )
  })

  test('aborting destroys it: the wait for the head, and for the next chunk', async () => {
    const reason = new Error('stop')
    let closed = 0
    const listener: RequestListener = (request, response) => {
      response.on('close', () => closed++)
      if (request.url?.includes('silent') !== true) response.write('one')
    }
    const api = await makeApi(listener)
    const client = createKubeClient(api.connection)

    const silent = new AbortController()
    const head = client.stream({ method: 'GET', path: '/silent' }, { signal: silent.signal })
    await once(api.server, 'request')
    silent.abort(reason)
    await assert.rejects(head, reason)

    const loud = new AbortController()
    const body = (await client.stream(watch, { signal: loud.signal }))[Symbol.asyncIterator]()
    await body.next()
    loud.abort(reason)
    await assert.rejects(async () => body.next(), reason)

    await assert.rejects(client.stream(watch, { signal: loud.signal }), reason)
    await poll('both closed', 5_000, () => (closed === 2 ? true : undefined))
    assert.equal(api.requests.length, 2)
    client.close()
    await api.stop()
  })

  test('leaving the loop destroys it', async () => {
    let closed = 0
    await withApi(
      (_, response) => {
        response.on('close', () => closed++)
        response.write('one')
      },
      async client => {
        for await (const chunk of await client.stream(watch, { signal: never() })) {
          assert.equal(String(chunk), 'one')
          break
        }
        await poll('closed', 5_000, () => (closed === 1 ? true : undefined))
      },
    )
  })
})
