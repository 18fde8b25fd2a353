// `serve` as a whole: coming up with nothing but its own rights, late, twice at once, and going down.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { before, describe, test } from 'node:test'
import { connect } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { stringify } from 'yaml'
import { issueCertificates } from '../../certs/issue.ts'
import { certificateNames } from '../../certs/names.ts'
import { CommandError } from '../../src/cli/io.ts'
import { renderRbac } from '../../src/kube/rbac.ts'
import { describeWithControlPlane } from '../cluster/available.ts'
import { serviceAccountIdentity } from '../cluster/certificates.ts'
import { poll } from '../cluster/poll.ts'
import { temporaryFolder } from '../cluster/temporary-folder.ts'
import { collectionPath, makeWorkload } from '../webhooks/make-workload.ts'
import { openForwarder } from './forwarder.ts'
import { startServe, type TestServe } from './make-serve.ts'
import { manualTicks } from './manual-ticks.ts'

const NAMESPACE = 'kaito-system'
const PRESET = { 'kaito.sh/preset': 'phi' }
const ADMISSION = '/apis/admissionregistration.k8s.io/v1'
const SECRET = `/api/v1/namespaces/${NAMESPACE}/secrets/kaito-native-webhook-certs`
const DAY_MS = 86_400_000

await describeWithControlPlane('serve on a real API server', { controllers: false }, plane => {
  before(async () => {
    await plane().kubectl(['create', 'namespace', NAMESPACE])
  })

  const targetPort = () => Number(new URL(plane().url).port)

  /** An annotated dry run reaches this process, and comes back planned. */
  async function admits(serve: TestServe): Promise<void> {
    const path = `${collectionPath('Deployment')}?dryRun=All`
    const body = makeWorkload('Deployment', 'probe', { own: PRESET })
    await poll('admission works', 10_000, async () => {
      const { status } = await plane().request('POST', path, body)
      return status === 201 && serve.asked.length > 0 ? true : undefined
    })
  }

  async function registeredCa(kind: string): Promise<string> {
    const { body } = await plane().request<{ webhooks: { clientConfig: { caBundle: string } }[] }>(
      'GET',
      `${ADMISSION}/${kind}/kaito-native`,
    )
    return body.webhooks[0]?.clientConfig.caBundle ?? ''
  }

  async function stored(key: string): Promise<string> {
    const { body } = await plane().request<{ data?: Record<string, string> }>('GET', SECRET)
    return body.data?.[key] ?? ''
  }

  const storedCa = () => stored('ca.crt')

  async function storedPem(key: string): Promise<string> {
    return Buffer.from(await stored(key), 'base64').toString()
  }

  /** Of the certificate that the registered server shows. */
  async function shownFingerprint(): Promise<string> {
    const path = `${ADMISSION}/mutatingwebhookconfigurations/kaito-native`
    const { body } = await plane().request<{ webhooks: { clientConfig: { url: string } }[] }>('GET', path)
    const { hostname: host, port } = new URL(body.webhooks[0]?.clientConfig.url ?? '')
    const socket = connect({ host, port: Number(port), ca: await storedPem('ca.crt') })
    await once(socket, 'secureConnect')
    const fingerprint = socket.getPeerX509Certificate()?.fingerprint256 ?? ''
    socket.destroy()
    return fingerprint
  }

  test('with the rights of manifests/ and no others: it waits for them, says so, and comes up', async () => {
    const kubeconfig = await plane().kubeconfigFor(serviceAccountIdentity(NAMESPACE, 'kaito-native'))
    await using serve = startServe({ '--kubeconfig': kubeconfig })
    await serve.logged(/not yet/)
    const { status, reasons } = await serve.readyz()
    assert.equal(status, 503)
    assert.match(
      reasons.join('\n'),
      /not loaded: .*User "system:serviceaccount:kaito-system:kaito-native" cannot list resource "nodes"/,
    )
    assert.match(reasons.join('\n'), /the webhooks are not registered/)
    const manifests = renderRbac(NAMESPACE)
      .map(object => stringify(object))
      .join('---\n')
    assert.equal((await plane().kubectl(['apply', '-f', '-'], { input: manifests })).code, 0)
    await serve.ready()
    await admits(serve)
    await serve.stop()

    await using again = startServe({ '--kubeconfig': kubeconfig })
    await again.ready()
    await admits(again)
    assert.deepEqual(
      again.log.filter(line => line['level'] === 'warn' || line['msg'] === 'issuing webhook certificates'),
      [],
    )
    await again.stop()
  })

  test('two replicas that start at once share their certificates', async () => {
    await plane().request('DELETE', SECRET)
    await using first = startServe({ '--kubeconfig': plane().kubeconfig })
    await using second = startServe({ '--kubeconfig': plane().kubeconfig })
    await Promise.all([first.ready(), second.ready()])
    const ca = await storedCa()
    assert.notEqual(ca, '')
    assert.equal(await registeredCa('mutatingwebhookconfigurations'), ca)
    assert.equal(await registeredCa('validatingwebhookconfigurations'), ca)
  })

  test('a Secret that somebody deletes comes back with the certificates in use', async () => {
    const { refreshTicks, tick } = manualTicks()
    await using serve = startServe({ '--kubeconfig': plane().kubeconfig }, { refreshTicks })
    await serve.ready()
    const inUse = await storedCa()
    assert.notEqual(inUse, '')
    await plane().request('DELETE', SECRET)
    assert.equal(await storedCa(), '')
    tick()
    const back = await poll('the Secret is back', 10_000, async () => (await storedCa()) || undefined)
    assert.equal(back, inUse)
    assert.equal(await registeredCa('mutatingwebhookconfigurations'), inUse)
  })

  test('a certificate of which less than half its life is left is renewed while it serves', async () => {
    const { refreshTicks, tick } = manualTicks()
    await using serve = startServe({ '--kubeconfig': plane().kubeconfig }, { refreshTicks })
    await serve.ready()
    const authority = { caCertificate: await storedPem('ca.crt'), caKey: await storedPem('ca.key') }
    const names = certificateNames({ name: 'kaito-native', namespace: NAMESPACE }, '127.0.0.1')
    const old = await issueCertificates(names, new Date(Date.now() - 200 * DAY_MS), authority)
    const data = { 'tls.crt': btoa(old.certificate), 'tls.key': btoa(old.key) }
    await plane().request('PATCH', SECRET, { data }, 'application/merge-patch+json')
    tick()
    const renewed = await poll('another certificate', 10_000, async () => {
      const pem = await storedPem('tls.crt')
      return pem === old.certificate ? undefined : new X509Certificate(pem)
    })
    const issued = serve.log.filter(line => line['msg'] === 'issuing webhook certificates')
    assert.deepEqual(issued.at(-1)?.['reasons'], ['the serving certificate has expired or is near its end'])
    assert.ok(renewed.validToDate.getTime() > Date.now() + 300 * DAY_MS)
    assert.equal(await storedPem('ca.crt'), authority.caCertificate)
    await poll('it is shown', 10_000, async () =>
      (await shownFingerprint()) === renewed.fingerprint256 ? true : undefined,
    )
    await admits(serve)
  })

  describe('when the API server cannot be reached', () => {
    const folder = temporaryFolder()

    /** A kubeconfig whose way to the API server is closed until somebody opens it. */
    async function closedWay(): Promise<{ kubeconfig: string; port: number }> {
      const forwarder = await openForwarder(0, targetPort())
      await forwarder.close()
      const text = await readFile(plane().kubeconfig, 'utf8')
      const kubeconfig = join(folder, `${forwarder.port}`)
      await writeFile(kubeconfig, text.replaceAll(`127.0.0.1:${targetPort()}`, `127.0.0.1:${forwarder.port}`))
      return { kubeconfig, port: forwarder.port }
    }

    test('it lives, says so, and comes up when it can; afterwards it answers from memory', async () => {
      const { kubeconfig, port } = await closedWay()
      const { refreshTicks, tick } = manualTicks()
      await using serve = startServe({ '--kubeconfig': kubeconfig }, { refreshTicks })
      const line = await serve.logged(/not yet; trying again/)
      assert.match(String(line['reason']), /ECONNREFUSED/)
      const { status, reasons } = await serve.readyz()
      assert.equal(status, 503)
      assert.match(reasons.join('\n'), /the facts about the cluster are not loaded: .*ECONNREFUSED/)

      await using forwarder = await openForwarder(port, targetPort())
      await serve.ready()
      await forwarder.close()
      tick()
      await serve.logged(/going on with what is known/)
      assert.equal((await serve.readyz()).status, 200)
      await admits(serve)
      await serve.stop()
    })

    test('it can be stopped before it ever came up', async () => {
      const { kubeconfig } = await closedWay()
      await using serve = startServe({ '--kubeconfig': kubeconfig })
      await serve.logged(/not yet/)
      await serve.stop()
      await assert.rejects(serve.readyz())
    })
  })

  test('facts that change reach the next decision', async () => {
    const { refreshTicks, tick } = manualTicks()
    await using serve = startServe({ '--kubeconfig': plane().kubeconfig }, { refreshTicks })
    await serve.ready()
    await admits(serve)
    const facts = { provisioning: 'none', cloud: 'azure', imageVolumes: true, gpuNodes: [] }
    assert.deepEqual(serve.facts(), facts)
    const node = {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: 'a' },
      spec: { providerID: 'aws:///us-east-1a/i-1' },
    }
    await plane().request('POST', '/api/v1/nodes', node)
    tick()
    await serve.logged(/facts about the cluster have changed/)
    await admits(serve)
    assert.deepEqual(serve.facts(), { ...facts, cloud: 'aws' })
    await serve.stop()
  })

  test('without webhooks it registers nothing, and has nothing to wait for', async () => {
    await plane().request('DELETE', `${ADMISSION}/mutatingwebhookconfigurations/kaito-native`)
    await using serve = startServe({ '--kubeconfig': plane().kubeconfig, '--no-webhook': 'true' })
    await serve.ready()
    const { status } = await plane().request('GET', `${ADMISSION}/mutatingwebhookconfigurations/kaito-native`)
    assert.equal(status, 404)
    await serve.stop()
  })

  test('by Service: registered so, ready by its own check, and drained for the endpoints to follow', async () => {
    await using serve = startServe({ '--kubeconfig': plane().kubeconfig, '--webhook-url': undefined })
    await serve.ready()
    const { body } = await plane().request<{ webhooks: { clientConfig: { service: unknown } }[] }>(
      'GET',
      `${ADMISSION}/mutatingwebhookconfigurations/kaito-native`,
    )
    const service = { name: 'kaito-native', namespace: NAMESPACE, port: 443, path: '/mutate' }
    assert.deepEqual(body.webhooks[0]?.clientConfig.service, service)
    const startMs = performance.now()
    const stopped = serve.stop()
    await serve.logged(/stopping/)
    assert.deepEqual(await serve.readyz(), { status: 503, reasons: ['this process is shutting down'] })
    await stopped
    assert.ok(performance.now() - startMs >= 5_000)
  })

  test('a port that is taken is an error, and nothing is left behind', async () => {
    await using serve = startServe({ '--kubeconfig': plane().kubeconfig })
    await serve.ready()
    const health = String((await serve.logged(/health port/))['port'])
    const webhook = String((await serve.logged(/webhooks are registered/))['port'])
    for (const flags of [{ '--health-port': health }, { '--webhook-port': webhook }]) {
      await using second = startServe({ '--kubeconfig': plane().kubeconfig, ...flags })
      await assert.rejects(second.ended, (error: unknown) => {
        return error instanceof CommandError && /EADDRINUSE.*--webhook-port/.test(error.message)
      })
    }
    await serve.stop()
  })

  test('SIGTERM and SIGINT end the process with 0; what it registered stays', async () => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const program = fileURLToPath(new URL('serve-process.ts', import.meta.url))
      const { NODE_TEST_CONTEXT: _, ...env } = process.env
      const child = spawn(process.execPath, [program, plane().kubeconfig], {
        env,
        stdio: ['ignore', 'inherit', 'pipe'],
      })
      const messages: string[] = []
      createInterface({ input: child.stderr }).on('line', line => messages.push(line))
      await poll(
        () => messages.join('\n'),
        15_000,
        () => messages.some(line => line.includes('registered')) || undefined,
      )
      child.kill(signal)
      const [code] = await once(child, 'exit')
      assert.equal(code, 0, messages.join('\n'))
      assert.match(messages.at(-1) ?? '', /"stopped"/)
      assert.equal(await registeredCa('validatingwebhookconfigurations'), await storedCa())
    }
  })
})
