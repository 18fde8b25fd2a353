// Policies in a running `serve`, on a real API server: found, changed, and waited for. What is decided by them is the
// core's affair; here the decision only notes what it was given.
import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import { objectAt, stringAt } from '../../src/core/api/json.ts'
import type { AdmissionContext } from '../../src/core/admit/context.ts'
import type { AdmissionInput } from '../../src/core/api/decision.ts'
import { renderRbac } from '../../src/kube/rbac.ts'
import { describeWithControlPlane } from '../cluster/available.ts'
import { serviceAccountIdentity } from '../cluster/certificates.ts'
import { poll } from '../cluster/poll.ts'
import { makePolicy } from '../core/policy/make-policy.ts'
import { applyPolicyCrd, POLICIES } from '../kube/policy-crd.ts'
import { makePlanned, makeSkipped } from '../webhooks/decisions.ts'
import { makeWorkload } from '../webhooks/make-workload.ts'
import { startServe } from './make-serve.ts'

const PRESET = { 'kaito.sh/preset': 'phi' }
/** Without one nothing annotated gets in. */
const PLAN = { op: 'add', path: '/metadata/annotations/kaito.sh~1plan', value: '{}' } as const
const KAITO = 'kaito-system'

const keepRule = (keep: (text: string) => boolean) => (rule: unknown) => keep(JSON.stringify(rule))

await describeWithControlPlane('serve with PresetPolicies', { controllers: false }, plane => {
  before(() => plane().kubectl(['create', 'namespace', KAITO]))

  /** A serve that notes, by workload, the names of the policies that its decision saw. */
  function startNoting(flags: Readonly<Record<string, string>> = {}) {
    const seen = new Map<string, readonly string[] | undefined>()
    const serve = startServe(
      { '--kubeconfig': plane().kubeconfig, ...flags },
      {
        decideMutation(input: AdmissionInput, { policy }: AdmissionContext) {
          const metadata = objectAt(input.object, 'metadata')
          const namespace = stringAt(metadata, 'namespace')
          if (namespace === undefined) return makeSkipped()
          const names = policy.policiesOf(namespace)?.policies.map(({ name, message }) => message ?? name)
          seen.set(`${namespace}/${stringAt(metadata, 'name')}`, names)
          return makePlanned([PLAN], [])
        },
        decideValidation: () => makeSkipped(),
      },
    )
    return { serve, seen }
  }

  async function create(namespace: string, name: string): Promise<number> {
    const path = `/apis/apps/v1/namespaces/${namespace}/deployments`
    return (await plane().request('POST', path, makeWorkload('Deployment', name, { own: PRESET }))).status
  }

  async function seenBy({ seen }: ReturnType<typeof startNoting>, name: string) {
    assert.equal(await create('default', name), 201)
    return seen.get(`default/${name}`)
  }

  it('has none without the CRD, and finds both within seconds when they come', async () => {
    const noting = startNoting()
    await using serve = noting.serve
    await serve.ready()
    assert.deepEqual(await seenBy(noting, 'before'), [])
    await applyPolicyCrd(plane())
    await plane().request('POST', POLICIES, makePolicy({}, 'everywhere'))
    let attempts = 0
    await poll('the policy is found', 6_000, async () =>
      (await seenBy(noting, `after-${attempts++}`))?.includes('everywhere') ? true : undefined,
    )
    assert.match(await serve.metrics(), /^kaito_native_policies\{enforcement="Deny"\} 1$/m)
  })

  it('sees an edit within two seconds, and a deletion', async () => {
    const noting = startNoting()
    await using serve = noting.serve
    await serve.ready()
    assert.deepEqual(await seenBy(noting, 'edit-before'), ['everywhere'])
    const edit = (message: string) =>
      plane().request(
        'PATCH',
        `${POLICIES}/everywhere`,
        { spec: { message } },
        'application/merge-patch+json',
      )
    for (const message of ['first', 'second', 'third']) {
      await edit(message)
      const since = Date.now()
      let attempts = 0
      await poll('the edit is seen', 2_000, async () =>
        (await seenBy(noting, `edit-${message}-${attempts++}`))?.includes(message) ? true : undefined,
      )
      assert.ok(Date.now() - since < 2_000)
    }
    await plane().request('DELETE', `${POLICIES}/everywhere`)
    let attempts = 0
    await poll('the deletion is seen', 2_000, async () =>
      (await seenBy(noting, `gone-${attempts++}`))?.length === 0 ? true : undefined,
    )
  })

  it('knows the labels of a namespace that was made a moment ago', async () => {
    const spec = { enforcement: 'Deny', namespaceSelector: { matchLabels: { team: 'a' } } }
    await plane().request('POST', POLICIES, makePolicy(spec))
    const noting = startNoting()
    await using serve = noting.serve
    await serve.ready()
    const names = Array.from({ length: 40 }, (_, index) => `young-${index}`)
    await Promise.all(
      names.map(async name => {
        const metadata = { name, labels: { team: 'a' } }
        await plane().request('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata })
        assert.equal(await create(name, 'model'), 201)
      }),
    )
    assert.deepEqual(
      names.map(name => noting.seen.get(`${name}/model`)),
      names.map(() => ['team-a']),
    )
  })

  it('is not ready before it could list them, and annotated workloads are refused until then', async () => {
    const kubeconfig = await plane().kubeconfigFor(serviceAccountIdentity(KAITO, 'kaito-native'))
    const apply = async (keep: (line: string) => boolean): Promise<void> => {
      const objects = renderRbac(KAITO).map(object => {
        const { rules } = object
        return Array.isArray(rules)
          ? Object.assign({}, object, { rules: rules.filter(keepRule(keep)) })
          : object
      })
      const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects })
      assert.equal((await plane().kubectl(['apply', '-f', '-'], { input })).code, 0)
    }
    await apply(rule => !rule.includes('presetpolicies'))
    const noting = startNoting({ '--kubeconfig': kubeconfig })
    await using serve = noting.serve
    await serve.logged(/a watch failed/)
    const { status, reasons } = await serve.readyz()
    assert.equal(status, 503)
    assert.match(reasons.join('\n'), /PresetPolicies .* not loaded: .*cannot list resource "presetpolicies"/)
    assert.ok((await create('default', 'too-early')) >= 400)
    assert.equal(noting.seen.has('default/too-early'), false)
    await apply(() => true)
    await poll('it is ready', 30_000, async () => ((await serve.readyz()).status === 200 ? true : undefined))
    assert.deepEqual(await seenBy(noting, 'in-time'), [])
  })
})
