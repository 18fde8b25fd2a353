// A client that merges leaves our fields in an entry that is the user's now. Shapes as client-side apply and strategic merge
// leave them.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { hashEntry } from '../../../src/core/api/hash.ts'
import type { InventoryNode } from '../../../src/core/api/inventory.ts'
import type { Json, JsonObject } from '../../../src/core/api/json.ts'
import { isApplied } from '../../../src/core/patch/applied.ts'
import { unmix } from '../../../src/core/patch/unmix.ts'
import { asPlanned, injected, update } from '../admit/admission.ts'
import { asObject, deepFreeze, withValueAt } from '../admit/json-tree.ts'
import { containerOf, makeWorkload } from '../admit/make-workload.ts'
import { patched } from '../admit/patch-oracle.ts'

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'

function withFile(object: JsonObject, file: Json): JsonObject {
  return { ...object, metadata: { annotations: { [LAST_APPLIED]: JSON.stringify(file) } } }
}

function run(object: JsonObject, stored: JsonObject | undefined, added: InventoryNode): JsonObject {
  const { operations, result } = unmix(deepFreeze(object), stored, added)
  assert.deepEqual(patched(object, operations), result)
  return result
}

describe('unmix', () => {
  interface Row {
    readonly name: string
    readonly list: string
    readonly ours: JsonObject
    readonly mixed: JsonObject
    readonly want: JsonObject
  }
  const table: readonly Row[] = [
    {
      name: 'a variable with two sources keeps the user’s',
      list: 'env',
      ours: { name: 'T', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } },
      mixed: { name: 'T', value: 'mine', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } },
      want: { name: 'T', value: 'mine' },
    },
    {
      name: 'a volume with two sources keeps the user’s',
      list: 'volumes',
      ours: { name: 'v', emptyDir: { medium: 'Memory' } },
      mixed: { name: 'v', emptyDir: { medium: 'Memory' }, hostPath: { path: '/x' } },
      want: { name: 'v', hostPath: { path: '/x' } },
    },
    {
      name: 'an entry of the user’s own stays',
      list: 'env',
      ours: { name: 'T', value: '0' },
      mixed: { name: 'T', value: '1' },
      want: { name: 'T', value: '1' },
    },
    {
      name: 'ours alone stays',
      list: 'env',
      ours: { name: 'T', value: '0' },
      mixed: { name: 'T', value: '0' },
      want: { name: 'T', value: '0' },
    },
  ]
  for (const { name, list, ours, mixed, want } of table)
    it(name, () => {
      const key = ours['name'] as string
      const added = { [list]: { [key]: hashEntry(ours) } }
      assert.deepEqual(run({ [list]: [mixed] }, { [list]: [ours] }, added), { [list]: [want] })
    })

  const probe = {
    httpGet: { path: '/health', port: 5000, scheme: 'HTTP' },
    periodSeconds: 10,
    failureThreshold: 180,
  }
  const added = { startupProbe: hashEntry(probe) }

  it('a probe keeps one handler', () => {
    const mixed = { ...probe, exec: { command: ['x'] } }
    const { httpGet: _, ...want } = mixed
    assert.deepEqual(run({ startupProbe: mixed }, { startupProbe: probe }, added), { startupProbe: want })
  })

  it('a probe of the applied file keeps what the file says', () => {
    const file = { startupProbe: { httpGet: { path: '/ready', port: 8080 } } }
    const mixed = { ...probe, httpGet: { ...probe.httpGet, path: '/ready', port: 8080 } }
    const { startupProbe } = run(withFile({ startupProbe: mixed }, file), { startupProbe: probe }, added)
    assert.deepEqual(startupProbe, file.startupProbe)
  })

  it('nothing is taken out without a stored object, or where the stored entry was not ours', () => {
    const mixed = { startupProbe: { ...probe, exec: {} } }
    assert.deepEqual(run(mixed, undefined, added), mixed)
    assert.deepEqual(run(mixed, { startupProbe: { exec: {} } }, added), mixed)
  })

  it('through admission: our drain leaves the user’s hook', () => {
    const stored = injected(makeWorkload())
    const path = ['spec', 'template', 'spec', 'containers', 0, 'lifecycle', 'preStop', 'exec']
    const mixed = asObject(withValueAt(stored, path, { command: ['bye'] }))
    const { result, operations } = asPlanned(update(mixed, stored))
    assert.deepEqual(containerOf(result)['lifecycle'], { preStop: { exec: { command: ['bye'] } } })
    assert.deepEqual(patched(mixed, operations), result)
    assert.deepEqual(asPlanned(update(result, result)).operations, [])
  })
})

describe('isApplied', () => {
  const path = ['spec', 'containers', 'm', 'env', 'A']
  const fieldsV1 = {
    'f:spec': {
      'f:containers': {
        'k:{"name":"m"}': { '.': {}, 'f:env': { 'k:{"name":"A"}': { '.': {}, 'f:value': {} } } },
      },
    },
  }
  const managed = (operation: string) => ({ metadata: { managedFields: [{ operation, fieldsV1 }] } })

  it('reads kubectl’s copy of the file', () => {
    const object = withFile({}, { spec: { containers: [{ name: 'm', env: [{ name: 'A' }] }] } })
    assert.ok(isApplied(object, path))
    assert.ok(!isApplied(object, [...path.slice(0, -1), 'B']))
  })

  it('reads what managers applied, and no other writes', () => {
    assert.ok(isApplied(managed('Apply'), path))
    assert.ok(isApplied(managed('Apply'), [...path, 'value']))
    assert.ok(!isApplied(managed('Apply'), [...path, 'valueFrom']))
    assert.ok(!isApplied(managed('Update'), path))
  })

  it('knows ports by their number', () => {
    const ports = { 'f:ports': { 'k:{"containerPort":5000,"protocol":"TCP"}': { '.': {}, 'f:name': {} } } }
    const object = { metadata: { managedFields: [{ operation: 'Apply', fieldsV1: ports }] } }
    assert.ok(isApplied(object, ['ports', '5000']))
    assert.ok(!isApplied(object, ['ports', '80']))
  })

  for (const text of ['', 'garbage', '[]', 'null'])
    it(`takes the copy ${JSON.stringify(text)} for nothing`, () =>
      assert.ok(!isApplied({ metadata: { annotations: { [LAST_APPLIED]: text } } }, path)))

  it('takes broken fields for nothing', () => {
    for (const broken of [null, [], 'x', { 'f:spec': 1 }, { 'k:{': {} }])
      assert.ok(!isApplied({ metadata: { managedFields: [{ operation: 'Apply', fieldsV1: broken }] } }, path))
  })
})
