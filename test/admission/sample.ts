// The sample of the README: what people read, what comes out, and that it comes out the same on every way.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { before, describe, test } from 'node:test'
import { objectAt, type JsonObject } from '../../src/core/api/json.ts'
import { differences, templateOf } from './compare.ts'
import { annotationsOf, EXPECTED_SPEC, withoutLongTexts } from './expected.ts'
import type { Cluster } from './suite.ts'
import { makeWorkload, OWN_IMAGE, PRESET } from './workloads.ts'

const SAMPLE = fileURLToPath(new URL('../../manifests/samples/phi-4-mini.yaml', import.meta.url))
const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const NAME = 'phi-4-mini'
const OTHER_TYPE = 'Standard_NC96ads_A100_v4'

export function defineSample(cluster: () => Cluster): void {
  describe('the sample', () => {
    before(() => cluster().createNamespace('sample'))

    test('a dry run shows what will be and leaves nothing behind', async () => {
      const contents = ['get', 'all,configmaps,secrets,persistentvolumeclaims', '-n', 'sample', '-o', 'name']
      const then = (await cluster().kubectl(contents)).stdout
      const apply = ['apply', '-n', 'sample', '-f', SAMPLE, '-o', 'json']
      const shown = await cluster().kubectl([...apply, '--dry-run=server'])
      assert.equal((await cluster().kubectl(contents)).stdout, then)
      const made = await cluster().kubectl(apply)
      assert.deepEqual(objectAt(JSON.parse(shown.stdout), 'spec'), objectAt(JSON.parse(made.stdout), 'spec'))
    })

    test('is complete, and holds nothing else', async () => {
      const live = await cluster().get('sample', 'Deployment', NAME)
      assert.deepEqual(withoutLongTexts(live['spec']), EXPECTED_SPEC)
      assert.match(JSON.stringify(templateOf(live)), /exec python3 \/workspace\/vllm\/inference_api\.py --/)
    })

    test('a dry run of an update shows what would be and changes nothing', async () => {
      const { spec } = await cluster().get('sample', 'Deployment', NAME)
      const annotate = [
        'annotate',
        '-n',
        'sample',
        `deployment/${NAME}`,
        `kaito.sh/instance-type=${OTHER_TYPE}`,
      ]
      const { stdout } = await cluster().kubectl([...annotate, '--dry-run=server', '-o', 'json'])
      assert.match(
        annotationsOf(JSON.parse(stdout) as JsonObject)['kaito.sh/plan'] as string,
        /"Standard_NC96ads/,
      )
      assert.deepEqual((await cluster().get('sample', 'Deployment', NAME))['spec'], spec)
    })

    test('people read at their terminal what was planned', async () => {
      await cluster().createNamespace('told')
      const { stdout, stderr } = await cluster().kubectl(['apply', '-n', 'told', '-f', SAMPLE])
      assert.equal(stdout, `deployment.apps/${NAME} created\n`)
      const lines = stderr.trimEnd().split('\n')
      assert.match(lines[0] ?? '', /^Warning: kaito\.sh: phi-4-mini-instruct on Standard_\w+, 1 GPU/)
      assert.deepEqual(
        lines.filter(line => !line.startsWith('Warning: kaito.sh: ')),
        [],
      )
    })

    test('comes out of `render` as it comes out of the webhook, and goes back the same way', async () => {
      const rendered = await promisify(execFile)(process.execPath, [MAIN, 'render', '-f', SAMPLE])
      await cluster().createNamespace('rendered')
      await cluster().createNamespace('bare')
      await cluster().kubectl(['apply', '-n', 'rendered', '-f', '-'], rendered.stdout)
      await cluster().kubectl(['apply', '-n', 'bare', '-f', SAMPLE])
      assert.deepEqual(await specOf(cluster(), 'rendered'), await specOf(cluster(), 'bare'))
      const own = { spec: { template: { spec: { containers: [{ name: 'model', image: OWN_IMAGE }] } } } }
      const patch = { metadata: { annotations: { 'kaito.sh/preset': null } }, ...own }
      for (const namespace of ['rendered', 'bare'])
        await cluster().patch(namespace, 'Deployment', NAME, 'strategic-merge-patch', patch)
      const image = { at: ['{container}', 'image'], value: OWN_IMAGE }
      const plain = makeWorkload({
        kind: 'Deployment',
        name: NAME,
        annotations: {},
        fields: [image],
        replicas: 1,
      })
      const { spec } = await cluster().create('default', plain, { dryRun: true })
      assert.deepEqual(await specOf(cluster(), 'bare'), spec)
      assert.deepEqual(await specOf(cluster(), 'rendered'), spec)
    })

    test('exported and applied elsewhere, it is planned anew', async () => {
      await cluster().createNamespace('elsewhere')
      const get = ['get', `deployment/${NAME}`, '-n', 'sample', '-o', 'yaml']
      const exported = (await cluster().kubectl(get)).stdout
        .replaceAll(/^ {2}(uid|resourceVersion|creationTimestamp): .*\n/gm, '')
        .replace('namespace: sample', 'namespace: elsewhere')
        .replace(/^( *)kaito.sh\/preset:/m, `$1kaito.sh/instance-type: ${OTHER_TYPE}\n$&`)
      await cluster().kubectl(['apply', '-f', '-'], exported)
      const live = await cluster().get('elsewhere', 'Deployment', NAME)
      const annotations = { preset: PRESET, 'instance-type': OTHER_TYPE }
      const file = makeWorkload({ kind: 'Deployment', name: NAME, annotations, replicas: 1 })
      const expected = await cluster().create('default', file, { dryRun: true })
      assert.deepEqual(differences(live['spec'], expected['spec']), [])
      assert.equal(annotationsOf(live)['kaito.sh/plan'], annotationsOf(expected)['kaito.sh/plan'])
    })
  })
}

async function specOf(cluster: Cluster, namespace: string): Promise<unknown> {
  return (await cluster.get(namespace, 'Deployment', NAME))['spec']
}
