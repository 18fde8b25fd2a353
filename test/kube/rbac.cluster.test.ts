// The roles of manifests/base as the API server's authorizer understands them: what the controller needs, and what it must
// not have. (That admission gets along with them: test/cli/serve.cluster.test.ts.)
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { renderRbac } from '../../src/kube/rbac.ts'
import { describeWithControlPlane } from '../cluster/available.ts'

const USER = 'system:serviceaccount:kaito-system:kaito-native'

/** `verb group/resource[/subresource][:name] [namespace]`. */
const NEEDED = [
  'watch /pods',
  'patch /pods team',
  'create /pods/eviction team',
  'watch /nodes',
  'watch /namespaces',
  'watch policy.kaito.sh/presetpolicies',
  'patch policy.kaito.sh/presetpolicies/status',
  'watch autoscaling/horizontalpodautoscalers',
  'watch apps/replicasets',
  'watch apps/controllerrevisions',
  'watch apps/deployments',
  'patch apps/deployments/status team',
  'patch apps/statefulsets/status team',
  'watch batch/jobs',
  'patch batch/jobs/status team',
  'watch /services',
  'create /services team',
  'delete /services team',
  'patch /services team',
  'watch /events',
  'create /events team',
  'patch /events team',
  'create karpenter.sh/nodeclaims',
  'patch karpenter.sh/nodeclaims',
  'delete karpenter.sh/nodeclaims',
  'watch karpenter.sh/machines',
  'list karpenter.k8s.aws/ec2nodeclasses',
  'list karpenter.kwok.sh/kwoknodeclasses',
  'create /podtemplates kaito-system',
  'create coordination.k8s.io/leases kaito-system',
  'update coordination.k8s.io/leases:kaito-native kaito-system',
]

const FORBIDDEN = [
  'create /pods team',
  'create /pods kaito-system',
  'create /podtemplates team',
  'delete /pods team',
  'create /pods/exec team',
  'get /pods/log team',
  'create /pods/binding team',
  'patch /nodes',
  'patch /namespaces',
  'patch policy.kaito.sh/presetpolicies',
  'update policy.kaito.sh/presetpolicies/status',
  'delete /nodes',
  'patch apps/deployments team',
  'update apps/statefulsets team',
  'delete batch/jobs team',
  'update /services team',
  'get /secrets team',
  'list /secrets kaito-system',
  'delete /configmaps team',
  'delete karpenter.sh/nodepools',
  'deletecollection karpenter.sh/nodeclaims',
  'create karpenter.k8s.aws/ec2nodeclasses',
  'update coordination.k8s.io/leases:kaito-native team',
  'update coordination.k8s.io/leases:kube-scheduler kube-system',
  'update coordination.k8s.io/leases:other kaito-system',
  'create rbac.authorization.k8s.io/clusterrolebindings',
]

await describeWithControlPlane('the rights of kaito-native', { controllers: false }, plane => {
  before(async () => {
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kaito-system' } }
    await plane().request('POST', '/api/v1/namespaces', namespace)
    const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: renderRbac('kaito-system') })
    assert.equal((await plane().kubectl(['apply', '-f', '-'], { input })).code, 0)
  })

  async function isAllowed(right: string): Promise<boolean> {
    const [verb = '', what = '', namespace = ''] = right.split(' ')
    const [path = '', name = ''] = what.split(':')
    const [group = '', resource = '', subresource = ''] = path.split('/')
    const resourceAttributes = { verb, group, resource, subresource, name, namespace }
    const { status, body } = await plane().request<{ status: { allowed: boolean } }>(
      'POST',
      '/apis/authorization.k8s.io/v1/subjectaccessreviews',
      {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SubjectAccessReview',
        spec: { user: USER, resourceAttributes },
      },
    )
    assert.equal(status, 201)
    return body.status.allowed
  }

  async function allowedOf(rights: readonly string[]): Promise<readonly string[]> {
    const answers = await Promise.all(rights.map(async right => ({ right, allowed: await isAllowed(right) })))
    return answers.filter(({ allowed }) => allowed).map(({ right }) => right)
  }

  test('are enough for the controller', async () => assert.deepEqual(await allowedOf(NEEDED), NEEDED))

  test('are no more than that', async () => assert.deepEqual(await allowedOf(FORBIDDEN), []))
})
