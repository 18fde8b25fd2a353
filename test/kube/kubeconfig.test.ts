// What is told on the wire by whom: each case goes to a server that notes who asks.
import assert from 'node:assert/strict'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer as createProxy, type IncomingHttpHeaders } from 'node:http'
import { connect } from 'node:net'
import type { Duplex } from 'node:stream'
import { createServer } from 'node:https'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { TLSSocket } from 'node:tls'
import { createKubeClient } from '../../src/kube/client.ts'
import type { KubeConnection } from '../../src/kube/connection.ts'
import { loadKubeConfig } from '../../src/kube/kubeconfig.ts'
import { makeBundle } from '../certs/make-bundle.ts'

interface Asked {
  readonly headers: IncomingHttpHeaders
  /** The client showed one. */
  readonly certificate: boolean
  readonly servername: unknown
}

interface Parts {
  readonly cluster?: object
  readonly user?: object
  readonly name?: string
}

let folder = ''
let port = 0
let authority = ''
let files = 0
const asked: Asked[] = []
const bundle = await makeBundle()
const server = createServer(
  { cert: bundle.certificate, key: bundle.key, requestCert: true, rejectUnauthorized: false },
  ({ headers, socket }, response) => {
    const { servername } = socket as TLSSocket
    const peer: object = (socket as TLSSocket).getPeerCertificate()
    asked.push({ headers, certificate: Object.keys(peer).length > 0, servername })
    response.end('{}')
  },
)

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kaito-native-'))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  port = typeof address === 'object' ? (address?.port ?? 0) : 0
  authority = base64(bundle.caCertificate)
})
after(async () => {
  server.close()
  server.closeAllConnections()
  await rm(folder, { recursive: true })
})

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}

function makeKubeconfig({ cluster = {}, user = {}, name = 'it' }: Parts): object {
  const reachable = { server: `https://127.0.0.1:${port}`, 'certificate-authority-data': authority }
  return {
    clusters: [{ name, cluster: { ...reachable, ...cluster } }],
    users: [{ name, user }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  }
}

async function write(content: object | string, name = `config-${++files}`): Promise<string> {
  const file = join(folder, name)
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content))
  return file
}

async function ask(connection: KubeConnection): Promise<Asked> {
  const client = createKubeClient(connection)
  try {
    await client.request({ method: 'GET', path: '/api' })
  } finally {
    client.close()
  }
  const last = asked.at(-1)
  assert.ok(last !== undefined)
  return last
}

describe('who asks', () => {
  const credentials: readonly { name: string; user: object; authorization: string | undefined }[] = [
    { name: 'nobody', user: {}, authorization: undefined },
    { name: 'a token', user: { token: 'abc' }, authorization: 'Bearer abc' },
    {
      name: 'a name and a password',
      user: { username: 'ann', password: 'pass:wörd' },
      authorization: `Basic ${base64('ann:pass:wörd')}`,
    },
    {
      name: 'a token before a password',
      user: { token: 'abc', username: 'ann', password: 'p' },
      authorization: 'Bearer abc',
    },
  ]
  for (const { name, user, authorization } of credentials) {
    test(name, async () => {
      const { headers } = await ask(loadKubeConfig(await write(makeKubeconfig({ user }))))
      assert.equal(headers.authorization, authorization)
    })
  }

  test('a token file beside the kubeconfig, as it is when the request is made', async () => {
    const token = await write('first\n', 'rotating-token')
    const user = { tokenFile: 'rotating-token', token: 'stale' }
    const connection = loadKubeConfig(await write(makeKubeconfig({ user })))
    assert.equal((await ask(connection)).headers.authorization, 'Bearer first')
    await writeFile(token, 'second\n')
    assert.equal((await ask(connection)).headers.authorization, 'Bearer second')
    await rm(token)
    await assert.rejects(ask(connection), /rotating-token/)
  })

  test('a client certificate, inline and from files beside the kubeconfig', async () => {
    const data = {
      'client-certificate-data': base64(bundle.certificate),
      'client-key-data': base64(bundle.key),
    }
    assert.equal((await ask(loadKubeConfig(await write(makeKubeconfig({ user: data }))))).certificate, true)
    await write(bundle.certificate, 'client.crt')
    await write(bundle.key, 'client.key')
    const named = { 'client-certificate': 'client.crt', 'client-key': 'client.key' }
    assert.equal((await ask(loadKubeConfig(await write(makeKubeconfig({ user: named }))))).certificate, true)
  })

  test('somebody in the name of somebody else', async () => {
    const user = {
      as: 'bob',
      'as-uid': '7',
      'as-groups': ['a', 'b'],
      'as-user-extra': { 'x/y': ['1'] },
    }
    const { headers } = await ask(loadKubeConfig(await write(makeKubeconfig({ user }))))
    assert.equal(headers['impersonate-user'], 'bob')
    assert.equal(headers['impersonate-uid'], '7')
    assert.equal(headers['impersonate-group'], 'a, b')
    assert.equal(headers['impersonate-extra-x%2fy'], '1')
  })

  test('a credential plugin beside the kubeconfig', async () => {
    const status = { token: 'from-the-plugin' }
    const credential = { apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status }
    await chmod(await write(`#!/bin/sh\necho '${JSON.stringify(credential)}'\n`, 'plugin'), 0o700)
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: './plugin',
      interactiveMode: 'Never',
    }
    const { headers } = await ask(loadKubeConfig(await write(makeKubeconfig({ user: { exec } }))))
    assert.equal(headers.authorization, 'Bearer from-the-plugin')
  })
})

test('through a proxy', async () => {
  const targets: unknown[] = []
  const proxy = createProxy()
  proxy.on('connect', (request, socket: Duplex, head: Buffer) => {
    targets.push(request.url)
    const onward = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      onward.write(head)
      onward.pipe(socket).pipe(onward)
    })
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  const address = proxy.address()
  const proxyPort = typeof address === 'object' ? (address?.port ?? 0) : 0
  const cluster = { 'proxy-url': `http://127.0.0.1:${proxyPort}` }
  const kubeconfig = makeKubeconfig({ cluster, user: { token: 'abc' } })
  const { headers } = await ask(loadKubeConfig(await write(kubeconfig)))
  assert.equal(headers.authorization, 'Bearer abc')
  assert.deepEqual(targets, [`127.0.0.1:${port}`])
  proxy.close()
})

describe('whom it trusts', () => {
  test('an authority from a file beside the kubeconfig', async () => {
    await write(bundle.caCertificate, 'ca.crt')
    const cluster = { 'certificate-authority-data': '', 'certificate-authority': 'ca.crt' }
    await ask(loadKubeConfig(await write(makeKubeconfig({ cluster }))))
  })

  test('nobody without an authority, anybody where the file says so', async () => {
    const none = { 'certificate-authority-data': '' }
    await assert.rejects(
      ask(loadKubeConfig(await write(makeKubeconfig({ cluster: none })))),
      /self-signed certificate|unable to verify/,
    )
    const all = { ...none, 'insecure-skip-tls-verify': true }
    await ask(loadKubeConfig(await write(makeKubeconfig({ cluster: all }))))
  })

  test('the name that the file gives', async () => {
    const cluster = { 'tls-server-name': 'localhost' }
    const { servername } = await ask(loadKubeConfig(await write(makeKubeconfig({ cluster }))))
    assert.equal(servername, 'localhost')
    const wrong = { 'tls-server-name': 'example.org' }
    await assert.rejects(ask(loadKubeConfig(await write(makeKubeconfig({ cluster: wrong })))), /altnames/)
  })
})

describe('which files', () => {
  test('of several the first that names a thing decides; what is not there is passed over', async () => {
    const first = await write({ ...makeKubeconfig({ user: { token: 'first' } }), 'current-context': '' })
    const second = await write(makeKubeconfig({ user: { token: 'second', username: 'ann' } }))
    const third = await write(makeKubeconfig({ user: { token: 'third' }, name: 'other' }))
    const KUBECONFIG = [join(folder, 'absent'), first, '', second, third].join(delimiter)
    assert.equal((await ask(loadKubeConfig(undefined, { KUBECONFIG }))).headers.authorization, 'Bearer first')
    const reordered = [third, first].join(delimiter)
    const { headers } = await ask(loadKubeConfig(undefined, { KUBECONFIG: reordered }))
    assert.equal(headers.authorization, 'Bearer third')
  })

  test('the one that is named before the environment, that before home', async () => {
    await mkdir(join(folder, '.kube'))
    await write(makeKubeconfig({ user: { token: 'home' } }), join('.kube', 'config'))
    const KUBECONFIG = await write(makeKubeconfig({ user: { token: 'environment' } }))
    const named = await write(makeKubeconfig({ user: { token: 'named' } }))
    const cases = [
      { token: 'named', connection: loadKubeConfig(named, { KUBECONFIG, HOME: folder }) },
      { token: 'environment', connection: loadKubeConfig(undefined, { KUBECONFIG, HOME: folder }) },
      { token: 'home', connection: loadKubeConfig(undefined, { HOME: folder }) },
    ]
    for (const { token, connection } of cases) {
      assert.equal((await ask(connection)).headers.authorization, `Bearer ${token}`)
    }
  })

  test('the ServiceAccount of the pod', async () => {
    const account = join(folder, 'serviceaccount')
    await mkdir(account)
    await write(bundle.caCertificate, join('serviceaccount', 'ca.crt'))
    await write('pod-token', join('serviceaccount', 'token'))
    const environment = { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: String(port) }
    const connection = loadKubeConfig(undefined, { ...environment, HOME: join(folder, 'nowhere') }, account)
    assert.equal((await ask(connection)).headers.authorization, 'Bearer pod-token')
    await write('rotated', join('serviceaccount', 'token'))
    assert.equal((await ask(connection)).headers.authorization, 'Bearer rotated')
    const v6 = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' }
    assert.equal(loadKubeConfig(undefined, v6, account).server.href, 'https://[fd00::1]/')
    assert.throws(() => loadKubeConfig(undefined, {}, account), /no cluster to talk to/)
    const named = { KUBECONFIG: join(folder, 'nowhere') }
    assert.throws(
      () => loadKubeConfig(undefined, named, account),
      /no file of KUBECONFIG is there \(.*nowhere\)$/,
    )
  })
})

describe('a kubeconfig that is none', () => {
  const cases: readonly { name: string; content: () => object | string; message: RegExp }[] = [
    { name: 'no YAML', content: () => 'token: "abc\n', message: /config-\d+ is not YAML: / },
    { name: 'text', content: () => 'hello', message: /is no kubeconfig: it is not a mapping/ },
    { name: 'empty', content: () => '', message: /has no current context with a cluster/ },
    {
      name: 'a context that is not there',
      content: () => ({ ...makeKubeconfig({}), 'current-context': 'none' }),
      message: /config-\d+ has no current context with a cluster/,
    },
    {
      name: 'a user that is not there',
      content: () => ({ ...makeKubeconfig({}), users: [] }),
      message: /has no user "it"/,
    },
    {
      name: 'an entry without a name',
      content: () => ({ ...makeKubeconfig({}), users: [{ user: {} }] }),
      message: /users\[0\] must have a name and a user/,
    },
    {
      name: 'no https',
      content: () => makeKubeconfig({ cluster: { server: 'http://localhost:8080' } }),
      message: /must be https:\/\/HOST:PORT, not "http:\/\/localhost:8080"/,
    },
    {
      name: 'no certificate',
      content: () => makeKubeconfig({ user: { 'client-certificate-data': 'abc' } }),
      message: /client-certificate-data is not PEM in base64/,
    },
  ]
  for (const { name, content, message } of cases) {
    test(name, async () => {
      const file = await write(content())
      assert.throws(() => loadKubeConfig(file), message)
    })
  }

  test('that is not there', () => {
    assert.throws(() => loadKubeConfig(join(folder, 'absent')), /ENOENT.*absent/)
  })
})
