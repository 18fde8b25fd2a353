// The API server's time, whatever this machine's clock says.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as fc from 'fast-check'
import { createKubeClient } from '../../src/kube/client.ts'
import { createServerClock } from '../../src/kube/server-clock.ts'
import { makeApi } from './make-api.ts'

const NOW = Date.parse('2026-11-22T10:00:00Z')

function httpDate(ms: number): string {
  return new Date(ms).toUTCString()
}

describe('createServerClock', () => {
  test("tells this machine's time until the API server has answered", () => {
    const clock = createServerClock({ local: { now: () => 42 }, elapsedMs: () => 0 })
    assert.equal(clock.now(), 42)
    clock.heard(undefined)
    clock.heard('no date')
    assert.equal(clock.now(), 42)
  })

  test('is at most a second and the way of an answer behind, however wrong and jumpy the own clock is', () => {
    const answers = fc.array(fc.record({ pauseMs: fc.nat(90_000), wayMs: fc.nat(900) }), { minLength: 1 })
    fc.assert(
      fc.property(answers, fc.integer(), (told, wrongMs) => {
        let elapsedMs = 0
        const clock = createServerClock({ local: { now: () => wrongMs }, elapsedMs: () => elapsedMs })
        for (const { pauseMs, wayMs } of told) {
          elapsedMs += pauseMs
          const date = httpDate(NOW + elapsedMs)
          elapsedMs += wayMs
          clock.heard(date)
          const behindMs = NOW + elapsedMs - clock.now()
          assert.ok(behindMs >= 0 && behindMs <= 1000 + wayMs, `${behindMs} ms behind`)
        }
      }),
    )
  })

  test('follows when the API server was set back, and when we have slept', () => {
    let elapsedMs = 0
    const clock = createServerClock({ elapsedMs: () => elapsedMs })
    clock.heard(httpDate(NOW))
    elapsedMs = 1000
    for (const atMs of [NOW - 3_600_000, NOW + 3_600_000]) {
      clock.heard(httpDate(atMs))
      assert.equal(clock.now(), atMs)
    }
  })

  test('the client passes the date of every answer on: of success, of failure and of watches', async () => {
    const heard: (string | undefined)[] = []
    const api = await makeApi((request, response) => {
      response.setHeader('Date', httpDate(NOW + heard.length * 1000))
      response.writeHead(request.url === '/gone' ? 404 : 200).end('{}')
    })
    const client = createKubeClient(api.connection, date => void heard.push(date))
    try {
      await client.request({ method: 'GET', path: '/here' })
      await assert.rejects(client.request({ method: 'GET', path: '/gone' }))
      const { signal } = new AbortController()
      for await (const _ of await client.stream({ method: 'GET', path: '/watch' }, { signal })) break
      assert.deepEqual(
        heard,
        [0, 1, 2].map(index => httpDate(NOW + index * 1000)),
      )
    } finally {
      client.close()
      await api.stop()
    }
  })
})
