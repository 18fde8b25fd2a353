import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { describe, test } from 'node:test'
import { connect, createServer } from 'node:tls'
import { certificateNames } from '../../certs/names.ts'
import { CERTIFICATE_LIFETIME_MS, issueCertificates } from '../../certs/issue.ts'

const NOW = new Date('2026-11-22T12:00:00Z')

describe('issueCertificates', () => {
  test('for every name, IPv4 and IPv6 alike, signed by an authority that can do nothing else', async () => {
    const names = { dns: ['kaito-native', 'kaito-native.kaito-system.svc'], ips: ['127.0.0.1', '::1'] }
    const bundle = await issueCertificates(names, NOW)
    const leaf = new X509Certificate(bundle.certificate)
    const ca = new X509Certificate(bundle.caCertificate)
    assert.deepEqual(leaf.subjectAltName?.split(', '), [
      'DNS:kaito-native',
      'DNS:kaito-native.kaito-system.svc',
      'IP Address:127.0.0.1',
      'IP Address:0:0:0:0:0:0:0:1',
    ])
    assert.deepEqual([leaf.ca, ca.ca], [false, true])
    assert.ok(leaf.checkIssued(ca) && leaf.verify(ca.publicKey))
    assert.deepEqual(leaf.keyUsage, ['1.3.6.1.5.5.7.3.1'])
    assert.doesNotMatch(Object.values(bundle).join(''), /\r/)
  })

  test('valid from a little before now, for a year, the authority for ten', async () => {
    const bundle = await issueCertificates({ dns: ['a'], ips: [] }, NOW)
    const leaf = new X509Certificate(bundle.certificate)
    assert.equal(leaf.validFromDate.toISOString(), '2026-11-22T11:00:00.000Z')
    assert.equal(leaf.validToDate.getTime(), NOW.getTime() + CERTIFICATE_LIFETIME_MS)
    assert.ok(new X509Certificate(bundle.caCertificate).validToDate > new Date('2036-11-01'))
  })

  test('by an authority that is there already', async () => {
    const first = await issueCertificates({ dns: ['a'], ips: [] }, NOW)
    const second = await issueCertificates({ dns: ['b'], ips: [] }, NOW, first)
    assert.equal(second.caCertificate, first.caCertificate)
    assert.notEqual(second.key, first.key)
    const [a, b] = [new X509Certificate(first.certificate), new X509Certificate(second.certificate)]
    assert.ok(b.verify(new X509Certificate(first.caCertificate).publicKey))
    assert.notEqual(a.serialNumber, b.serialNumber)
  })

  test('that TLS clients accept by each name, and by no other', async () => {
    const bundle = await issueCertificates(
      { dns: ['kaito-native.kaito-system.svc'], ips: ['127.0.0.1'] },
      new Date(),
    )
    const server = createServer({ cert: bundle.certificate, key: bundle.key }, socket => socket.end())
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    assert.ok(address !== null && typeof address !== 'string')
    const attempt = async (servername?: string) => {
      const options = {
        host: '127.0.0.1',
        port: address.port,
        ca: bundle.caCertificate,
        ...(servername && { servername }),
      }
      const socket = connect(options)
      await once(socket, 'secureConnect')
      socket.destroy()
    }
    await attempt()
    await attempt('kaito-native.kaito-system.svc')
    await assert.rejects(attempt('kaito-native.other.svc'), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' })
    server.close()
  })
})

describe('certificateNames', () => {
  const service = { name: 'kaito-native', namespace: 'ns' }
  const dns = ['kaito-native', 'kaito-native.ns', 'kaito-native.ns.svc']
  const table = [
    { host: undefined, want: { dns, ips: [] } },
    { host: 'hooks.example.com', want: { dns: [...dns, 'hooks.example.com'], ips: [] } },
    { host: 'kaito-native.ns.svc', want: { dns, ips: [] } },
    { host: '10.0.0.7', want: { dns, ips: ['10.0.0.7'] } },
    { host: 'fd00::7', want: { dns, ips: ['fd00::7'] } },
  ]
  for (const { host, want } of table) {
    test(`with ${host ?? 'the Service alone'}`, () => assert.deepEqual(certificateNames(service, host), want))
  }
})
