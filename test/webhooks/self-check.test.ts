import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { issueCertificates } from '../../certs/issue.ts'
import { selfCheck, type SelfCheckTarget } from '../../webhooks/self-check.ts'
import { SERVICE_NAME } from '../certs/make-bundle.ts'
import { makePlanned } from './decisions.ts'
import { makeServer, type TestServer } from './make-server.ts'

describe('selfCheck', () => {
  let server: TestServer
  let target: SelfCheckTarget
  before(async () => {
    server = await makeServer()
    target = {
      host: '127.0.0.1',
      port: server.server.port,
      serverName: SERVICE_NAME,
      caCertificate: server.ca,
    }
  })
  after(() => server[Symbol.asyncDispose]())

  test('finds nothing wrong with a server that works', async () => {
    assert.equal(await selfCheck(target), undefined)
  })

  test('finds a certificate that is not the one that API servers would trust', async () => {
    const other = await issueCertificates({ dns: [SERVICE_NAME], ips: [] }, new Date())
    assert.match(
      (await selfCheck({ ...target, caCertificate: other.caCertificate })) ?? '',
      /does not answer its self-check: /,
    )
    assert.match((await selfCheck({ ...target, serverName: 'other.svc' })) ?? '', /other\.svc/)
  })

  test('finds a core that throws, and one that touches what is not ours', async () => {
    const table = [
      {
        decide: () => {
          throw new Error('bug')
        },
        want: /HTTP 500/,
      },
      {
        decide: () => makePlanned([{ op: 'remove', path: '/spec' }]),
        want: /did not leave a workload without annotations alone/,
      },
    ]
    for (const { decide, want } of table) {
      await using broken = await makeServer({ decide })
      assert.match((await selfCheck({ ...target, port: broken.server.port })) ?? '', want)
    }
  })

  test('finds that nobody listens', async () => {
    await using gone = await makeServer()
    await gone[Symbol.asyncDispose]()
    assert.match((await selfCheck({ ...target, port: gone.server.port })) ?? '', /ECONNREFUSED/)
  })
})
