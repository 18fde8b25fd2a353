import assert from 'node:assert/strict'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { describe, test } from 'node:test'
import { createAuthority, serviceAccountIdentity, type KeyPair } from './certificates.ts'

const parse = ({ certificate }: KeyPair): X509Certificate => new X509Certificate(certificate)

describe('an authority', async () => {
  const authority = await createAuthority()
  const ca = parse(authority)

  test('is one, and signed itself', () => {
    assert.equal(ca.ca, true)
    assert.equal(ca.verify(ca.publicKey), true)
    assert.equal(ca.checkPrivateKey(createPrivateKey(authority.key)), true)
  })

  test('issues server certificates for names and addresses', async () => {
    const keys = await authority.issueServer(['127.0.0.1', 'localhost'])
    const server = parse(keys)
    assert.equal(server.verify(ca.publicKey) && server.checkIssued(ca), true)
    assert.equal(server.checkPrivateKey(createPrivateKey(keys.key)), true)
    assert.equal(server.checkIP('127.0.0.1'), '127.0.0.1')
    assert.equal(server.checkHost('localhost'), 'localhost')
    assert.equal(server.checkHost('example.com'), undefined)
    assert.deepEqual(server.keyUsage, ['1.3.6.1.5.5.7.3.1'])
  })

  test('issues client certificates that say user and groups', async () => {
    const client = parse(await authority.issueClient({ user: 'jane', groups: ['dev', 'ops'] }))
    assert.equal(client.verify(ca.publicKey) && client.checkIssued(ca), true)
    assert.equal(client.subject, 'O=dev\nO=ops\nCN=jane')
    assert.deepEqual(client.keyUsage, ['1.3.6.1.5.5.7.3.2'])
  })
})

test('a service account is a user in two groups', () => {
  assert.deepEqual(serviceAccountIdentity('ns', 'name'), {
    user: 'system:serviceaccount:ns:name',
    groups: ['system:serviceaccounts', 'system:serviceaccounts:ns'],
  })
})
