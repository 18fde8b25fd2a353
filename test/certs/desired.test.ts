import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import type { CertificateBundle } from '../../certs/bundle.ts'
import { bundleProblems } from '../../certs/check.ts'
import { desiredCertificates } from '../../certs/desired.ts'
import { CERTIFICATE_LIFETIME_MS, issueCertificates } from '../../certs/issue.ts'

const NOW = new Date('2026-11-22T12:00:00Z')
const DAY_MS = 86_400_000
const NAMES = { dns: ['kaito-native', 'kaito-native.ns.svc'], ips: ['127.0.0.1'] }

/** So long after NOW. */
function later(ms: number): Date {
  return new Date(NOW.getTime() + ms)
}

describe('desiredCertificates', () => {
  let good: CertificateBundle
  let other: CertificateBundle
  before(async () => {
    ;[good, other] = await Promise.all([issueCertificates(NAMES, NOW), issueCertificates(NAMES, NOW)])
  })

  test('keeps what is good, for half of its life', async () => {
    for (const now of [NOW, later(CERTIFICATE_LIFETIME_MS / 2 - DAY_MS)]) {
      assert.deepEqual(await desiredCertificates(good, NAMES, now), { bundle: good, replaced: [] })
    }
    const fewer = { dns: ['kaito-native'], ips: [] }
    assert.deepEqual((await desiredCertificates(good, fewer, NOW)).replaced, [])
  })

  interface Case {
    readonly name: string
    readonly given: () => Partial<CertificateBundle>
    readonly names?: typeof NAMES
    readonly now?: Date
    readonly why: RegExp
    readonly keepsAuthority: boolean
  }
  const table: readonly Case[] = [
    { name: 'nothing there', given: () => ({}), why: /no readable authority/, keepsAuthority: false },
    {
      name: 'empty texts',
      given: () => ({ caCertificate: '', caKey: '', certificate: '', key: '' }),
      why: /no readable/,
      keepsAuthority: false,
    },
    { name: 'no serving key', given: () => ({ ...good, key: '' }), why: /serving key/, keepsAuthority: true },
    {
      name: 'the key of another',
      given: () => ({ ...good, key: other.key }),
      why: /serving key/,
      keepsAuthority: true,
    },
    {
      name: 'signed by another',
      given: () => ({ ...good, certificate: other.certificate, key: other.key }),
      why: /not signed by/,
      keepsAuthority: true,
    },
    {
      name: 'an unreadable certificate',
      given: () => ({ ...good, certificate: 'x' }),
      why: /no readable serving/,
      keepsAuthority: true,
    },
    {
      name: 'the key of another authority',
      given: () => ({ ...good, caKey: other.caKey }),
      why: /key of the authority/,
      keepsAuthority: false,
    },
    {
      name: 'a leaf as authority',
      given: () => ({ ...good, caCertificate: good.certificate, caKey: good.key }),
      why: /not one of an authority/,
      keepsAuthority: false,
    },
    {
      name: 'a new name',
      given: () => good,
      names: { dns: ['kaito-native', 'new.example'], ips: ['::1'] },
      why: /lacks new\.example, ::1/,
      keepsAuthority: true,
    },
    {
      name: 'near its end',
      given: () => good,
      now: later(CERTIFICATE_LIFETIME_MS / 2 + DAY_MS),
      why: /near its end/,
      keepsAuthority: true,
    },
    {
      name: 'long gone',
      given: () => good,
      now: later(CERTIFICATE_LIFETIME_MS * 2),
      why: /expired/,
      keepsAuthority: true,
    },
    {
      name: 'of a clock far ahead',
      given: () => good,
      now: later(-DAY_MS),
      why: /expired or is near its end/,
      keepsAuthority: false,
    },
    {
      name: 'an authority near its end',
      given: () => good,
      now: later(CERTIFICATE_LIFETIME_MS * 9.5),
      why: /authority expires/,
      keepsAuthority: false,
    },
  ]
  for (const { name, given, names = NAMES, now = NOW, why, keepsAuthority } of table) {
    test(`replaces: ${name}`, async () => {
      const existing = given()
      const { bundle, replaced } = await desiredCertificates(existing, names, now)
      assert.match(replaced.join('; '), why)
      assert.equal(bundle.caCertificate === existing.caCertificate, keepsAuthority)
      assert.deepEqual(bundleProblems(bundle, names, now), [])
    })
  }
})
