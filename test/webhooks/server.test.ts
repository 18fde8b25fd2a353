import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Agent } from 'node:https'
import { text } from 'node:stream/consumers'
import { after, before, describe, test } from 'node:test'
import { issueCertificates } from '../../certs/issue.ts'
import type { AdmissionInput, Decision } from '../../src/core/api/decision.ts'
import { objectAt, stringAt, type JsonObject } from '../../src/core/api/json.ts'
import { MAX_BODY_BYTES } from '../../webhooks/body.ts'
import { poll } from '../cluster/poll.ts'
import { makeDenied, makePlanned, makeSkipped } from './decisions.ts'
import { makeDeployment, makeReviewText } from './make-review.ts'
import { makeServer, openSocket, postHead, send, type TestServer } from './make-server.ts'

const PATCH = [{ op: 'add', path: '/metadata/annotations/kaito.sh~1plan', value: '{}' }] as const
const MISTAKE = { type: 'Required', field: 'spec', detail: 'say what', code: 'InvalidAnnotation' } as const

/** Decides by the preset's name. */
function decide({ object }: AdmissionInput): Decision {
  switch (stringAt(objectAt(objectAt(object, 'metadata'), 'annotations'), 'kaito.sh/preset')) {
    case undefined:
      return makeSkipped()
    case 'bug':
      throw new Error('a bug for the test')
    case 'bad':
      return makeDenied([MISTAKE])
    default:
      return makePlanned(PATCH)
  }
}

function reviewOf(preset: string | undefined, overrides: JsonObject = {}): string {
  return makeReviewText({
    object: makeDeployment(preset === undefined ? {} : { 'kaito.sh/preset': preset }),
    ...overrides,
  })
}

describe('the webhook server', () => {
  let server: TestServer
  before(async () => {
    server = await makeServer({ decide })
  })
  after(() => server[Symbol.asyncDispose]())

  async function review(body: string, path = '/mutate?timeout=3s'): Promise<Record<string, unknown>> {
    const answer = await send(server, { body, path })
    assert.equal(answer.status, 200)
    assert.equal(answer.headers['content-type'], 'application/json')
    assert.equal(Number(answer.headers['content-length']), Buffer.byteLength(answer.text))
    return JSON.parse(answer.text).response
  }

  describe('answers reviews', () => {
    for (const path of ['/mutate?timeout=3s', '/validate?timeout=3s', '/mutate', '/validate']) {
      test(path, async () => {
        assert.equal((await review(reviewOf('phi'), path))['patchType'], 'JSONPatch')
        assert.equal((await review(reviewOf('bad'), path))['allowed'], false)
        assert.deepEqual(Object.keys(await review(reviewOf(undefined), path)), [
          'uid',
          'allowed',
          'auditAnnotations',
        ])
      })
    }

    test('and is never asked to decide about a DELETE or a subresource', async () => {
      for (const overrides of [{ operation: 'DELETE', object: null }, { subResource: 'scale' }]) {
        assert.deepEqual(Object.keys(await review(reviewOf('bug', overrides))), ['uid', 'allowed'])
      }
    })

    test('and tells each to the observer, but for its own self-check', async () => {
      server.answers.length = 0
      await review(reviewOf('phi'))
      await review(reviewOf('bad'), '/validate')
      await review(reviewOf(undefined, { uid: 'kaito-native-self-check' }))
      const told = server.answers.map(({ durationMs, ...rest }) => ({
        ...rest,
        timed: durationMs > 0 && durationMs < 10_000,
      }))
      assert.deepEqual(told, [
        { webhook: 'mutate', kind: 'Deployment', operation: 'CREATE', outcome: 'Plan', timed: true },
        { webhook: 'validate', kind: 'Deployment', operation: 'CREATE', outcome: 'Deny', timed: true },
      ])
    })
  })

  describe('refuses what breaks the protocol', () => {
    const table = [
      { name: 'another method', request: { method: 'GET' }, status: 405, says: /POST/ },
      {
        name: 'another method with a body',
        request: { method: 'PUT', body: reviewOf('phi') },
        status: 405,
        says: /POST/,
      },
      {
        name: 'another content type',
        request: { contentType: 'text/yaml', body: 'a: b' },
        status: 415,
        says: /application\/json/,
      },
      {
        name: 'no content type',
        request: { contentType: undefined, body: '{}' },
        status: 415,
        says: /application\/json/,
      },
      { name: 'broken JSON', request: { body: '{"kind":' }, status: 400, says: /not a JSON object/ },
      {
        name: 'another kind',
        request: { body: '{"kind":"Pod","request":{"uid":"u"}}' },
        status: 400,
        says: /AdmissionReview/,
      },
    ]
    for (const { name, request, status, says } of table) {
      test(name, async () => {
        const answer = await send(server, request)
        assert.equal(answer.status, status)
        const body = JSON.parse(answer.text)
        assert.match(JSON.stringify(body), says)
        assert.match(JSON.stringify(body), /kaito-native: /)
        assert.equal(answer.headers.allow, status === 405 ? 'POST' : undefined)
        if (status === 400) assert.equal(body.kind, 'AdmissionReview')
      })
    }

    test('a 400 answers to the UID where it can be read', async () => {
      const { text: body } = await send(server, {
        body: reviewOf('phi').replace('"admission.k8s.io/v1"', '"v2"'),
      })
      assert.equal(JSON.parse(body).response.uid, '7f0b8a1e-1c2d-4e5f-8a9b-0c1d2e3f4a5b')
    })

    test('a charset is no other content type', async () => {
      const answer = await send(server, {
        body: reviewOf('phi'),
        contentType: 'application/json; charset=utf-8',
      })
      assert.equal(answer.status, 200)
    })

    test('a body that is announced as too large is not even read', async () => {
      const socket = await openSocket(server)
      socket.write(postHead({ 'Content-Length': MAX_BODY_BYTES + 1 }))
      assert.match(
        await text(socket),
        /^HTTP\/1\.1 413 [^]*kaito-native: the body is larger than 7340032 bytes/,
      )
    })

    test('a body that turns out to be too large', async () => {
      const socket = await openSocket(server)
      const answer = text(socket)
      socket.on('error', () => {})
      socket.write(postHead({ 'Transfer-Encoding': 'chunked' }))
      const chunk = `100000\r\n${'x'.repeat(0x100000)}\r\n`
      for (let sent = 0; sent <= MAX_BODY_BYTES; sent += 0x100000) socket.write(chunk)
      assert.match(await answer, /^HTTP\/1\.1 413 /)
    })

    test('a body of exactly the limit is worked on', async () => {
      const padding = MAX_BODY_BYTES - Buffer.byteLength(reviewOf('phi', { padding: '' }))
      const body = reviewOf('phi', { padding: 'x'.repeat(padding) })
      assert.equal(Buffer.byteLength(body), MAX_BODY_BYTES)
      assert.equal((await review(body))['allowed'], true)
    })
  })

  test('a bug is a 500 that names the request; the process lives', async () => {
    const answer = await send(server, { body: reviewOf('bug') })
    assert.equal(answer.status, 500)
    const status = JSON.parse(answer.text)
    assert.equal(status.kind, 'Status')
    assert.match(status.message, /^kaito-native: .*7f0b8a1e-1c2d-4e5f-8a9b-0c1d2e3f4a5b/)
    const [failure] = server.failures
    assert.equal(failure?.uid, '7f0b8a1e-1c2d-4e5f-8a9b-0c1d2e3f4a5b')
    assert.ok(failure?.error instanceof Error && failure.error.message === 'a bug for the test')
    assert.equal(server.answers.at(-1)?.outcome, 'Error')
    assert.equal((await review(reviewOf('phi')))['allowed'], true)
  })

  test('a body too deep for anybody is a bad review; the process lives', async () => {
    const deep = '['.repeat(100_000) + ']'.repeat(100_000)
    assert.equal((await send(server, { body: `{"kind":${deep},"request":{"uid":"u"}}` })).status, 400)
    assert.equal((await send(server, { body: deep })).status, 400)
    assert.equal((await review(reviewOf('phi')))['allowed'], true)
  })

  describe('time', () => {
    test('a request whose deadline passed while its body came is not worked on', async () => {
      const asked = server.answers.length
      const socket = await openSocket(server)
      const body = reviewOf('phi')
      socket.write(postHead({ 'Content-Length': Buffer.byteLength(body) }, '/mutate?timeout=5ms'))
      const startMs = performance.now()
      await poll('time passes', 5_000, () => (performance.now() - startMs > 50 ? true : undefined))
      socket.write(body)
      assert.match(await text(socket), /^HTTP\/1\.1 504 [^]*kaito-native: .*deadline/)
      assert.deepEqual(
        server.answers.slice(asked).map(answer => answer.outcome),
        ['Expired'],
      )
    })

    test('a deadline that cannot be read is none', async () => {
      assert.equal((await review(reviewOf('phi'), '/mutate?timeout=soon'))['allowed'], true)
    })
  })

  describe('connections', () => {
    test('requests in a row use one of them', async () => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 })
      const answers = await Promise.all(
        ['phi', 'bad', 'phi'].map(preset => send(server, { body: reviewOf(preset), agent })),
      )
      assert.deepEqual(
        answers.map(answer => JSON.parse(answer.text).response.allowed),
        [true, false, true],
      )
      assert.deepEqual(
        answers.map(answer => answer.headers.connection),
        ['keep-alive', 'keep-alive', 'keep-alive'],
      )
      assert.equal(Object.values(agent.freeSockets).flat().length, 1)
      agent.destroy()
    })

    test('pipelined requests are answered in order', async () => {
      const bodies = ['phi', 'bad', 'phi'].map((preset, index) => reviewOf(preset, { uid: `uid-${index}` }))
      const socket = await openSocket(server)
      const last = bodies.length - 1
      socket.write(
        bodies
          .map((body, index) => {
            const connection = index === last ? 'close' : 'keep-alive'
            return postHead({ 'Content-Length': Buffer.byteLength(body), Connection: connection }) + body
          })
          .join(''),
      )
      const answers = await text(socket)
      assert.deepEqual(
        [...answers.matchAll(/"uid":"(uid-\d)"/g)].map(match => match[1]),
        ['uid-0', 'uid-1', 'uid-2'],
      )
      assert.deepEqual(
        [...answers.matchAll(/"allowed":(\w+)/g)].map(match => match[1]),
        ['true', 'false', 'true'],
      )
    })

    test('a client that goes away in the middle of its body leaves nothing behind', async () => {
      const asked = server.answers.length
      const socket = await openSocket(server)
      socket.write(`${postHead({ 'Content-Length': 1000 })}{"kind":`)
      socket.destroy()
      await once(socket, 'close')
      assert.equal((await review(reviewOf('phi')))['allowed'], true)
      assert.equal(server.answers.length, asked + 1)
    })

    test('speak HTTP/1.1, whatever else is offered', async () => {
      const socket = await openSocket(server, { ALPNProtocols: ['h2', 'http/1.1'] })
      assert.equal(socket.alpnProtocol, 'http/1.1')
      socket.destroy()
    })

    test('speak TLS 1.2 or newer', async () => {
      // Without the security level the client itself would refuse, and the test could not fail.
      const old = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const
      await assert.rejects(openSocket(server, old), { code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' })
      const socket = await openSocket(server, { maxVersion: 'TLSv1.2' })
      assert.equal(socket.getProtocol(), 'TLSv1.2')
      socket.destroy()
    })

    test('are refused by a client that trusts another authority', async () => {
      const other = await issueCertificates({ dns: ['localhost'], ips: [] }, new Date())
      await assert.rejects(
        openSocket(server, { ca: other.caCertificate }),
        /unable to verify|self-signed|signature/,
      )
    })

    test('get a new certificate when it is replaced, while old ones live on', async () => {
      const old = await openSocket(server)
      const first = old.getPeerCertificate().fingerprint256
      const { caCertificate, caKey } = server.certificate.current()
      const names = { dns: ['localhost'], ips: ['127.0.0.1'] }
      server.certificate.replace(await issueCertificates(names, new Date(), { caCertificate, caKey }))
      const next = await openSocket(server)
      assert.notEqual(next.getPeerCertificate().fingerprint256, first)
      next.destroy()
      const body = reviewOf('phi')
      old.write(postHead({ 'Content-Length': Buffer.byteLength(body), Connection: 'close' }) + body)
      assert.match(await text(old), /^HTTP\/1\.1 200 /)
    })
  })

  test('everything else is Express: a page that says what this is, and 404', async () => {
    const page = await send(server, { method: 'GET', path: '/' })
    assert.deepEqual(
      [page.status, /kaito-native 0\.0\.0-test: admission webhooks/.test(page.text)],
      [200, true],
    )
    assert.equal(page.headers['x-powered-by'], undefined)
    for (const path of ['/mutate/', '/mutates', '/healthz']) {
      assert.equal((await send(server, { path, body: reviewOf('phi') })).status, 404)
    }
  })
})

test('a client that does not finish its head or its body is cut off', async () => {
  await using server = await makeServer({
    timeouts: {
      handshakeTimeout: 1_000,
      headersTimeout: 40,
      requestTimeout: 80,
      connectionsCheckingInterval: 10,
      keepAliveTimeout: 1_000,
    },
  })
  for (const half of ['POST /mutate HTTP/1.1\r\nHost: l', `${postHead({ 'Content-Length': 100 })}{"kind":`]) {
    const socket = await openSocket(server)
    socket.write(half)
    assert.match(await text(socket), /^HTTP\/1\.1 408 /)
  }
  assert.deepEqual(server.answers, [])
})

describe('stopping', () => {
  test('serves what still arrives, asks clients to go elsewhere, then closes', async () => {
    await using server = await makeServer({ decide })
    const agent = new Agent({ keepAlive: true })
    const body = reviewOf('phi')
    const early = await send(server, { body, agent })
    assert.equal(early.headers.connection, 'keep-alive')
    const stopped = server.server.stop({ quietMs: 200, limitMs: 10_000 })
    const late = await send(server, { body, agent })
    assert.deepEqual([late.status, late.headers.connection], [200, 'close'])
    await stopped
    await assert.rejects(send(server, { body }), { code: 'ECONNREFUSED' })
  })

  test('waits for a request in flight', async () => {
    await using server = await makeServer({ decide })
    const body = reviewOf('phi')
    const socket = await openSocket(server)
    socket.write(postHead({ 'Content-Length': Buffer.byteLength(body) }) + body.slice(0, 10))
    // The server has the head of the one when it has answered the other.
    await send(server, { body })
    const stopped = server.server.stop({ quietMs: 0, limitMs: 10_000 })
    socket.write(body.slice(10))
    assert.match(await text(socket), /^HTTP\/1\.1 200 [^]*"allowed":true/)
    await stopped
  })

  test('does not wait for ever', async () => {
    await using server = await makeServer({ decide })
    const socket = await openSocket(server)
    const closed = once(socket.on('error', () => {}).resume(), 'close')
    socket.write(`${postHead({ 'Content-Length': 1000 })}{"kind":`)
    await send(server, { body: reviewOf('phi') })
    await server.server.stop({ quietMs: 0, limitMs: 50 })
    await closed
  })
})
