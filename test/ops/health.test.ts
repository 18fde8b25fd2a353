import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { startHealthServer, type HealthServer } from '../../src/ops/health.ts'
import { createMetrics } from '../../src/ops/metrics.ts'
import { createReadiness, type Readiness } from '../../src/ops/readiness.ts'

describe('the health port', () => {
  let health: HealthServer
  let readiness: Readiness
  before(async () => {
    readiness = createReadiness({ facts: 'no facts', server: 'no server' })
    const notReadyReasons = () => readiness.reasons()
    health = await startHealthServer({
      host: '127.0.0.1',
      port: 0,
      notReadyReasons,
      metrics: createMetrics('1'),
    })
  })
  after(() => health.close())

  async function get(path: string, init?: RequestInit): Promise<{ status: number; body: string }> {
    const response = await fetch(`http://127.0.0.1:${health.port}${path}`, init)
    return { status: response.status, body: await response.text() }
  }

  test('/readyz tells every reason, then the last check, then ready', async () => {
    const steps: readonly { change: () => void; status: number; reasons: readonly string[] | undefined }[] = [
      { change: () => {}, status: 503, reasons: ['no facts', 'no server'] },
      { change: () => readiness.set('facts', undefined), status: 503, reasons: ['no server'] },
      { change: () => readiness.set('server', 'port is taken'), status: 503, reasons: ['port is taken'] },
      {
        change: () => readiness.checkBy(async () => 'self-check failed'),
        status: 503,
        reasons: ['port is taken'],
      },
      { change: () => readiness.set('server', undefined), status: 503, reasons: ['self-check failed'] },
      { change: () => readiness.checkBy(async () => undefined), status: 200, reasons: undefined },
      { change: () => readiness.set('stopping', 'stopping'), status: 503, reasons: ['stopping'] },
    ]
    for (const { change, status, reasons } of steps) {
      change()
      const answer = await get('/readyz?verbose')
      assert.equal(answer.status, status)
      assert.deepEqual(JSON.parse(answer.body).reasons, reasons)
    }
  })

  test('/healthz only says that the process lives', async () => {
    assert.deepEqual(await get('/healthz'), { status: 200, body: '{"status":"ok"}\n' })
    assert.deepEqual(await get('/healthz', { method: 'HEAD' }), { status: 200, body: '' })
  })

  test('/metrics is the exposition of Prometheus', async () => {
    const response = await fetch(`http://127.0.0.1:${health.port}/metrics`)
    assert.match(response.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/)
    assert.match(await response.text(), /^kaito_native_build_info\{/m)
  })

  test('anything else is 404, any other method 405', async () => {
    assert.equal((await get('/')).status, 404)
    assert.equal((await get('/healthz', { method: 'POST' })).status, 405)
  })
})

describe('readiness', () => {
  test('probes that arrive together share one check', async () => {
    let checks = 0
    const { promise, resolve } = Promise.withResolvers<string | undefined>()
    const readiness = createReadiness({})
    readiness.checkBy(() => {
      checks++
      return promise
    })
    const answers = Promise.all([readiness.reasons(), readiness.reasons(), readiness.reasons()])
    resolve('broken')
    assert.deepEqual(await answers, [['broken'], ['broken'], ['broken']])
    assert.equal(checks, 1)
    await readiness.reasons()
    assert.equal(checks, 2)
  })

  test('a probe that throws is answered, and the next one asks again', async context => {
    const readiness = createReadiness({})
    readiness.checkBy(() => Promise.reject(new Error('bug in the check')))
    const health = await startHealthServer({
      host: '127.0.0.1',
      port: 0,
      notReadyReasons: () => readiness.reasons(),
      metrics: createMetrics('1'),
    })
    context.after(() => health.close())
    const url = `http://127.0.0.1:${health.port}/readyz`
    assert.equal((await fetch(url)).status, 500)
    readiness.checkBy(async () => undefined)
    assert.equal((await fetch(url)).status, 200)
  })
})
