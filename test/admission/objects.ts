// Workloads that are unusual: without a name, very large, full of fields that injection does not know.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Json } from '../../src/core/api/json.ts'
import { nameOf } from './api.ts'
import { lacks, templateOf } from './compare.ts'
import type { Cluster } from './suite.ts'
import { makeWorkload, OWN_IMAGE, prefixed, PRESET, withFields, type Field } from './workloads.ts'

const ANNOTATIONS = prefixed({ preset: PRESET })
const PROJECTED = { downwardAPI: { items: [{ path: 'a', fieldRef: { fieldPath: 'metadata.name' } }] } }
const SPREAD = { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' }

/** Fields of all sorts, none of which injection reads or replaces. */
const RARE: readonly Field[] = [
  field('{container} image', OWN_IMAGE),
  field('spec minReadySeconds', 7),
  field('spec revisionHistoryLimit', 3),
  field('spec paused', true),
  field('spec progressDeadlineSeconds', 4321),
  field('spec strategy', { type: 'RollingUpdate', rollingUpdate: { maxSurge: 3, maxUnavailable: '10%' } }),
  field('{template} metadata annotations', { 'example.com/a': 'b' }),
  field('{template} metadata finalizers', ['example.com/a']),
  field('{pod} terminationGracePeriodSeconds', 77),
  field('{pod} priorityClassName', 'system-node-critical'),
  field('{pod} dnsConfig', { options: [{ name: 'ndots', value: '2' }] }),
  field('{pod} hostAliases', [{ ip: '10.0.0.1', hostnames: ['a'] }]),
  field('{pod} readinessGates', [{ conditionType: 'example.com/ready' }]),
  field('{pod} topologySpreadConstraints', [SPREAD]),
  field('{pod} resourceClaims', [{ name: 'device', resourceClaimName: 'device' }]),
  field('{pod} securityContext', { runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } }),
  field('{pod} overhead', { cpu: '10m' }),
  field('{pod} volumes', [{ name: 'p', projected: { sources: [PROJECTED] } }]),
  field('{container} resizePolicy', [{ resourceName: 'cpu', restartPolicy: 'NotRequired' }]),
  field('{container} envFrom', [{ prefix: 'A_', configMapRef: { name: 'settings' } }]),
  field('{container} securityContext', { readOnlyRootFilesystem: true }),
  field('{container} stdin', true),
  field('{container} workingDir', '/work'),
]

/** The API server's own, which cannot work on GPU nodes. */
const DEFAULTS: readonly Field[] = [
  field('spec strategy', {
    type: 'RollingUpdate',
    rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' },
  }),
  field('spec progressDeadlineSeconds', 600),
  field('{pod} terminationGracePeriodSeconds', 30),
]
const REPLACED = [
  'spec.progressDeadlineSeconds',
  'spec.strategy.rollingUpdate.maxSurge',
  'spec.strategy.rollingUpdate.maxUnavailable',
  'spec.template.spec.terminationGracePeriodSeconds',
]

export function defineObjects(cluster: () => Cluster): void {
  describe('an unusual object', () => {
    test('generateName: the prefix stands for the name, which nobody knows yet', async () => {
      const { metadata: _, ...rest } = makeWorkload({ kind: 'Deployment', name: 'generated' })
      const metadata = { generateName: 'phi-', annotations: ANNOTATIONS }
      const made = await cluster().create('default', { ...rest, metadata })
      assert.match(nameOf(made), /^phi-.{5}$/)
      const labels = { 'kaito.sh/workload': 'deployment-phi', 'kaito.sh/model': PRESET }
      assert.deepEqual(lacks(templateOf(made), { metadata: { labels } }), [])
      const patch = { metadata: { labels: { later: 'true' } } }
      const updated = await cluster().patch('default', 'Deployment', nameOf(made), 'merge-patch', patch)
      assert.deepEqual(updated['spec'], made['spec'])
    })

    test('1 MiB', async () => {
      const env = times(80, index => ({ name: `V${index}`, value: 'x'.repeat(10_000) }))
      const notes = times(25, index => [`note-${index}`, 'x'.repeat(10_000)] as const)
      const file = withFields(makeWorkload({ kind: 'Deployment', name: 'big' }), [
        field('{container} env', env),
        field('metadata annotations', { ...Object.fromEntries(notes), ...ANNOTATIONS }),
      ])
      assert.ok(JSON.stringify(file).length > 1024 * 1024)
      const made = await cluster().create('default', file)
      assert.deepEqual(lacks(made, file), [])
      const replaced = await cluster().replace('default', file)
      assert.deepEqual(replaced['spec'], made['spec'])
    })

    test('fields that injection does not know survive it', async () => {
      const file = { kind: 'Deployment', name: 'rare', fields: RARE } as const
      const plain = await cluster().create('default', makeWorkload({ ...file, annotations: {} }), {
        dryRun: true,
      })
      const live = await cluster().create('default', makeWorkload(file))
      assert.deepEqual(lacks(live['spec'], plain['spec']), [])
    })

    test('defaults that the file spells out are replaced, with a warning each, and stay replaced', async () => {
      const file = JSON.stringify(makeWorkload({ kind: 'Deployment', name: 'spelled-out', fields: DEFAULTS }))
      const smallest = makeWorkload({ kind: 'Deployment', name: 'spelled-out' })
      const { spec } = await cluster().create('default', smallest, { dryRun: true })
      for (const flags of [[], ['--server-side', '--force-conflicts']]) {
        const { stderr } = await cluster().kubectl(['apply', ...flags, '-f', '-'], file)
        if (flags.length === 0)
          assert.deepEqual(stderr.match(/(?<=kaito\.sh: )spec\.[^:]+/g)?.toSorted(), REPLACED)
        assert.deepEqual((await cluster().get('default', 'Deployment', 'spelled-out'))['spec'], spec)
        await cluster().kubectl(['diff', ...flags, '-f', '-'], file)
      }
    })

    test('a field that the API server does not know is its own affair', async () => {
      const file = {
        kind: 'Deployment',
        name: 'unknown',
        fields: [field('{pod} notYetInvented', 1)],
      } as const
      const apply = ['apply', '-f', '-', '--validate=warn']
      const { stderr } = await cluster().kubectl(apply, JSON.stringify(makeWorkload(file)))
      assert.match(stderr, /^Warning: unknown field "spec\.template\.spec\.notYetInvented"$/m)
      assert.match(stderr, /^Warning: kaito\.sh: phi-4-mini-instruct on /m)
    })
  })
}

function field(path: string, value: Json): Field {
  return { at: path.split(' '), value }
}

function times<T>(count: number, make: (index: number) => T): readonly T[] {
  return Array.from({ length: count }, (_, index) => make(index))
}
