// The election on a real API server: candidates in processes' stead, with the times of a small scale model.
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { createKubeClient, type KubeClient } from '../../src/kube/client.ts'
import { loadKubeConfig } from '../../src/kube/kubeconfig.ts'
import { renderRbac } from '../../src/kube/rbac.ts'
import { describeWithControlPlane } from '../cluster/available.ts'
import { poll } from '../cluster/poll.ts'
import { startCandidate, type Candidate } from './candidate.ts'

/** Whole seconds, because that is what a Lease can say. */
const TIMES = { leaseDurationMs: 3000, renewDeadlineMs: 2000, retryPeriodMs: 200 }
const TIMEOUT_MS = 20_000
const LEASE = '/apis/coordination.k8s.io/v1/namespaces/kaito-system/leases/kaito-native'

async function untilLeads(candidate: Candidate): Promise<void> {
  const state = (): string => candidate.happened.join('; ')
  await poll(state, TIMEOUT_MS, () => candidate.isLeading() || undefined)
}

async function untilSees(candidate: Candidate, leader: string): Promise<void> {
  const state = (): string => candidate.happened.join('; ')
  await poll(state, TIMEOUT_MS, () => candidate.happened.includes(`sees ${leader}`) || undefined)
}

await describeWithControlPlane('runAsLeader on a real API server', { controllers: false }, plane => {
  let kubeconfig = ''
  let clients: KubeClient[] = []
  before(async () => {
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kaito-system' } }
    await plane().request('POST', '/api/v1/namespaces', namespace)
    const items = renderRbac('kaito-system')
    const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
    assert.equal((await plane().kubectl(['apply', '-f', '-'], { input })).code, 0)
    const user = 'system:serviceaccount:kaito-system:kaito-native'
    kubeconfig = await plane().kubeconfigFor({ user })
  })
  beforeEach(async () => {
    await plane().request('DELETE', LEASE)
  })
  after(() => clients.forEach(client => client.close()))

  /** With the rights that kaito-native has, and no others. */
  function stand(identity: string): Candidate & { cutOff: () => void } {
    const client = createKubeClient(loadKubeConfig(kubeconfig))
    clients = [...clients, client]
    let isCutOff = false
    const way: KubeClient = {
      ...client,
      request: request => (isCutOff ? new Promise<never>(() => {}) : client.request(request)),
    }
    const candidate = startCandidate({ client: way, identity, times: TIMES })
    return { ...candidate, cutOff: () => (isCutOff = true) }
  }

  test('one leads, the other takes over as soon as the Lease is given back', async () => {
    const a = stand('a')
    await untilLeads(a)
    const b = stand('b')
    await untilSees(b, 'a')
    assert.ok(!b.isLeading())
    a.stop()
    await a.ended
    const stoppedMs = performance.now()
    await untilLeads(b)
    assert.ok(performance.now() - stoppedMs < TIMES.leaseDurationMs, 'it has waited for the Lease to run out')
    b.stop()
    await b.ended
    assert.deepEqual(a.happened, ['elected', 'leads', 'ends', 'released'])
    const { body } = await plane().request<{ spec: object }>('GET', LEASE)
    assert.partialDeepStrictEqual(body.spec, { leaseTransitions: 1 })
  })

  test('one that falls silent ends its term, and only then the other begins', async () => {
    const a = stand('a')
    await untilLeads(a)
    const b = stand('b')
    await untilSees(b, 'a')
    a.cutOff()
    await poll('the term of a is over, and b leads', TIMEOUT_MS, () => {
      assert.ok(!(a.isLeading() && b.isLeading()), 'two lead at once')
      return b.isLeading() || undefined
    })
    assert.match(a.happened.join('; '), /lost: the Lease was not renewed within 2 s; ends/)
    a.stop()
    b.stop()
    await Promise.all([a.ended, b.ended])
  })

  test('of many that begin at once, one leads', async () => {
    const all = Array.from({ length: 6 }, (_, index) => stand(`c${index}`))
    await poll('one leads, the others see it', TIMEOUT_MS, () => {
      const seen = all.filter(({ happened }) => happened.some(entry => entry.startsWith('sees')))
      return seen.length >= all.length - 1 || undefined
    })
    assert.equal(all.filter(candidate => candidate.isLeading()).length, 1)
    for (const candidate of all) candidate.stop()
    await Promise.all(all.map(({ ended }) => ended))
  })
})
