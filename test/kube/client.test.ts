import assert from 'node:assert/strict'
import type { RequestListener } from 'node:http'
import { text } from 'node:stream/consumers'
import { describe, test } from 'node:test'
import { createKubeClient, type KubeClient } from '../../src/kube/client.ts'
import { createConnection } from '../../src/kube/connection.ts'
import { isConflict, isNotFound, isTransient } from '../../src/kube/errors.ts'
import { makeApi, type FakeApi } from './make-api.ts'

/** Runs a test with a client of a server that answers like this. */
async function withApi(
  listener: RequestListener,
  run: (client: KubeClient, api: FakeApi) => Promise<void>,
  path?: string,
): Promise<void> {
  const api = await makeApi(listener, path)
  const client = createKubeClient(api.connection)
  try {
    await run(client, api)
  } finally {
    client.close()
    await api.stop()
  }
}

const get = { method: 'GET', path: '/api/v1/nodes' } as const

describe('the client', () => {
  test('sends method, path, query, body and credentials', async () => {
    const seen: unknown[] = []
    const listener: RequestListener = (request, response) => {
      const { method, url, headers } = request
      const { authorization, accept } = headers
      void text(request).then(body => {
        seen.push({ method, url, authorization, accept, contentType: headers['content-type'], body })
        response.end('{"kind":"Node"}')
      })
    }
    await withApi(
      listener,
      async client => {
        const query = { fieldManager: 'kaito-native', force: 'true' }
        const contentType = 'application/apply-patch+yaml'
        const answer = await client.request({
          method: 'PATCH',
          path: '/api/v1/nodes/a',
          query,
          contentType,
          body: { a: 'ü' },
        })
        assert.deepEqual(answer, { kind: 'Node' })
        assert.deepEqual(seen, [
          {
            method: 'PATCH',
            url: '/k8s/clusters/c-1/api/v1/nodes/a?fieldManager=kaito-native&force=true',
            authorization: 'Bearer secret-token',
            accept: 'application/json',
            contentType,
            body: '{"a":"ü"}',
          },
        ])
      },
      '/k8s/clusters/c-1/',
    )
  })

  test('uses one connection for requests in a row', async () => {
    await withApi(
      (_request, response) => response.end('{}'),
      async (client, api) => {
        let connections = 0
        api.server.on('secureConnection', () => connections++)
        for (let i = 0; i < 5; i++) await client.request(get)
        assert.deepEqual([api.requests.length, connections], [5, 1])
      },
    )
  })

  test('translates every failure', async () => {
    const table: readonly {
      name: string
      listener: RequestListener
      is: (error: unknown) => boolean
      message: RegExp
    }[] = [
      {
        name: 'not found',
        listener: (_, response) =>
          response.writeHead(404).end('{"kind":"Status","message":"nodes not found"}'),
        is: isNotFound,
        message: /^GET \/api\/v1\/nodes: nodes not found$/,
      },
      {
        name: 'conflict',
        listener: (_, response) => response.writeHead(409).end('{}'),
        is: isConflict,
        message: /HTTP 409/,
      },
      {
        name: 'too many',
        listener: (_, response) => response.writeHead(429).end(),
        is: isTransient,
        message: /HTTP 429/,
      },
      {
        name: 'hung up',
        listener: request => request.socket.destroy(),
        is: isTransient,
        message: /socket hang up|ECONNRESET/,
      },
      {
        name: 'cut off',
        listener: (request, response) => {
          response.writeHead(200, { 'Content-Length': 100 }).write('{"kind"', () => request.socket.destroy())
        },
        is: isTransient,
        message: /aborted|ECONNRESET/,
      },
      {
        name: 'a login page',
        listener: (_, response) => response.end('<html>'),
        is: isTransient,
        message: /JSON/,
      },
      {
        name: 'a list',
        listener: (_, response) => response.end('[]'),
        is: isTransient,
        message: /not a JSON object/,
      },
    ]
    for (const { name, listener, is, message } of table) {
      await withApi(listener, async client => {
        const error: unknown = await client.request(get).then(
          () => 'no error',
          (reason: unknown) => reason,
        )
        assert.ok(error instanceof Error && is(error), `${name}: ${String(error)}`)
        assert.match(error.message, message)
        assert.doesNotMatch(JSON.stringify(error) + error.message, /secret-token/)
      })
    }
  })

  test('nobody listening is transient', async () => {
    const api = await makeApi(() => {})
    await api.stop()
    await assert.rejects(createKubeClient(api.connection).request(get), (error: unknown) =>
      isTransient(error),
    )
  })

  test('another authority is not trusted', async () => {
    await withApi(
      (_request, response) => response.end('{}'),
      async (_client, api) => {
        const client = createKubeClient(createConnection({ server: api.settings.server }))
        await assert.rejects(client.request(get), /self-signed certificate|unable to verify/)
        client.close()
      },
    )
  })
})
