// One replica over several nodes: a StatefulSet whose pods all start at once, and what stays of it when it changes.
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { isObject, listAt, objectAt, stringAt, type JsonObject } from '../../src/core/api/json.ts'
import { objectAtPath } from '../../src/core/workload/workload.ts'
import { poll } from '../cluster/poll.ts'
import { annotationsOf } from './expected.ts'
import { revisionsOf } from './revisions.ts'
import type { Cluster } from './suite.ts'
import { makeWorkload, OWN_IMAGE, withFields, type Field } from './workloads.ts'

const NAMESPACE = 'groups'
const PRESET = 'deepseek-v3-0324'
const [TWO_NODES, ONE_NODE] = ['Standard_ND96isr_H100_v5', 'Standard_ND96isr_H200_v5']
const POD_TIMEOUT_MS = 60_000
const STYLES: Readonly<Record<string, readonly string[]>> = {
  'client-side': [],
  'server-side': ['--server-side', '--force-conflicts'],
}
const IMAGE: Field = { at: ['{container}', 'image'], value: OWN_IMAGE }

export function defineGroups(cluster: () => Cluster): void {
  describe('a StatefulSet over several nodes', () => {
    before(() => cluster().createNamespace(NAMESPACE))

    for (const [style, flags] of Object.entries(STYLES)) {
      const file = JSON.stringify(makeGroup(style))
      const apply = ['apply', '-n', NAMESPACE, ...flags, '-f', '-']

      test(`by ${style} apply starts as a whole, and finds itself by its Service`, async () => {
        await cluster().kubectl(apply, file)
        const spec = await specOf(cluster(), style)
        assert.deepEqual(
          [spec['podManagementPolicy'], spec['updateStrategy'], spec['serviceName']],
          ['Parallel', { type: 'OnDelete' }, `${style}-headless`],
        )
        const command = containersOf(spec)[0]?.['command']
        assert.match(
          JSON.stringify(command),
          new RegExp(`--ray_address=${style}-0\\.${style}-headless\\.groups\\.svc`),
        )
      })

      test(`the same file again by ${style} apply, and by replace, rolls nothing out`, async () => {
        const [spec, then] = [await specOf(cluster(), style), await revisionsOf(cluster(), NAMESPACE)]
        await cluster().kubectl(apply, file)
        await cluster().kubectl(['diff', '-n', NAMESPACE, ...flags, '-f', '-'], file)
        await cluster().kubectl(['replace', '-n', NAMESPACE, '-f', '-'], file)
        assert.deepEqual(await specOf(cluster(), style), spec)
        assert.deepEqual(await revisionsOf(cluster(), NAMESPACE), then)
      })
    }

    test('has both pods at once, each waiting for its node, each with its number', async () => {
      const pods = await podsOf(cluster(), 'client-side', 2)
      for (const pod of pods) {
        const spec = objectAt(pod, 'spec')
        assert.deepEqual(spec['schedulingGates'], [{ name: 'kaito.sh/waiting-for-node' }])
        assert.match(JSON.stringify(containersOf({ template: { spec } })[0]?.['env']), /POD_INDEX/)
        assert.ok('apps.kubernetes.io/pod-index' in objectAtPath(pod, ['metadata', 'labels']))
      }
    })

    test('scales to nothing and back by its subresource, and takes other changes meanwhile', async () => {
      await cluster().kubectl(['scale', '-n', NAMESPACE, 'statefulset/client-side', '--replicas=0'])
      await cluster().kubectl(['label', '-n', NAMESPACE, 'statefulset/client-side', 'touched=true'])
      await cluster().kubectl(['scale', '-n', NAMESPACE, 'statefulset/client-side', '--replicas=2'])
      await podsOf(cluster(), 'client-side', 2)
    })

    test('of another size is refused, with the number to set', async () => {
      const file = JSON.stringify(makeGroup('three', {}, 3))
      const stderr = await cluster().kubectlRefused(['create', '-n', NAMESPACE, '-f', '-'], file)
      assert.match(stderr, /spec\.replicas: Invalid value: "3": must be 2/)
      const scaled = JSON.stringify(makeGroup('client-side', {}, 1))
      assert.match(
        await cluster().kubectlRefused(['apply', '-n', NAMESPACE, '-f', '-'], scaled),
        /spec\.replicas: Invalid value: "1": must be 2/,
      )
    })

    test('goes to one node, and without its annotation, with what nobody can change', async () => {
      const name = 'server-side'
      const patch = { metadata: { annotations: { 'kaito.sh/instance-type': ONE_NODE } } }
      await cluster().patch(NAMESPACE, 'StatefulSet', name, 'merge-patch', patch)
      const spec = await specOf(cluster(), name)
      assert.deepEqual(
        [spec['podManagementPolicy'], spec['serviceName'], objectAt(spec, 'updateStrategy')['type']],
        ['Parallel', `${name}-headless`, 'RollingUpdate'],
      )
      const bare = JSON.stringify(withFields(makeGroup(name, null), [IMAGE]))
      await cluster().kubectl(['replace', '-n', NAMESPACE, '-f', '-'], bare)
      const last = await cluster().get(NAMESPACE, 'StatefulSet', name)
      assert.equal(annotationsOf(last)['kaito.sh/plan'], undefined)
      assert.equal(stringAt(objectAt(last, 'spec'), 'serviceName'), `${name}-headless`)
      assert.doesNotMatch(JSON.stringify(last['spec']), /nvidia|kaito\.sh/)
    })

    test('cannot come of one that was created for one node', async () => {
      await cluster().create(NAMESPACE, makeGroup('small', { 'instance-type': ONE_NODE }, 2))
      const change = ['annotate', '-n', NAMESPACE, 'statefulset/small', '--overwrite']
      const stderr = await cluster().kubectlRefused([...change, `kaito.sh/instance-type=${TWO_NODES}`])
      assert.match(stderr, /spec\.podManagementPolicy: Invalid value: "OrderedReady": must be Parallel/)
      assert.match(stderr, /delete the StatefulSet and create it again/)
    })

    test('is the only kind that can be', async () => {
      const annotations = { preset: PRESET, 'instance-type': TWO_NODES }
      const file = JSON.stringify(
        makeWorkload({ kind: 'Deployment', name: 'wide', annotations, replicas: 2 }),
      )
      const stderr = await cluster().kubectlRefused(['create', '-n', NAMESPACE, '-f', '-'], file)
      assert.match(
        stderr,
        /needs 2 nodes for a replica.*takes a StatefulSet whose spec\.replicas is the number of nodes/,
      )
    })
  })
}

/** A file without a Service's name; without annotations where these are null. */
function makeGroup(
  name: string,
  annotations: Readonly<Record<string, string>> | null = {},
  replicas = 2,
): JsonObject {
  const given = annotations === null ? {} : { preset: PRESET, 'instance-type': TWO_NODES, ...annotations }
  const file = makeWorkload({ kind: 'StatefulSet', name, annotations: given, replicas })
  const { serviceName: _, ...spec } = objectAt(file, 'spec')
  return { ...file, spec }
}

async function specOf(cluster: Cluster, name: string): Promise<JsonObject> {
  return objectAt(await cluster.get(NAMESPACE, 'StatefulSet', name), 'spec')
}

function containersOf(spec: JsonObject): readonly JsonObject[] {
  return listAt(objectAtPath(spec, ['template', 'spec']), 'containers').filter(isObject)
}

async function podsOf(cluster: Cluster, app: string, count: number): Promise<readonly JsonObject[]> {
  return poll(`${count} pods of ${app}`, POD_TIMEOUT_MS, async () => {
    const pods = await cluster.list(NAMESPACE, 'Pod')
    const own = pods.filter(pod => objectAtPath(pod, ['metadata', 'labels'])['app'] === app)
    return own.length === count ? own : undefined
  })
}
