// `uninject`: the documents as they were before injection, from the plans that they carry.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { parse } from 'yaml'
import type { JsonObject } from '../../src/core/api/json.ts'
import { injected } from '../core/admit/admission.ts'
import { makeWorkload, withAnnotations } from '../core/admit/make-workload.ts'
import { runCli } from './run-cli.ts'
import { createTemporaryFiles } from './temporary-file.ts'

const file = createTemporaryFiles()
const SAMPLE = 'manifests/samples/phi-4-mini.yaml'

describe('uninject', () => {
  it('gives the sample back', async () => {
    const rendered = (await runCli(['render', '-f', SAMPLE])).stdout
    const { code, stdout, stderr } = await runCli(['uninject', '-f', file('rendered.yaml', rendered)])
    assert.deepEqual([code, stderr], [0, ''])
    assert.deepEqual(parse(stdout), parse(readFileSync(SAMPLE, 'utf8')))
    assert.ok(stdout.startsWith('# The smallest useful workload'))
  })

  it('leaves what carries no plan letter for letter', async () => {
    const text = '# x\napiVersion: v1\nkind: Namespace\nmetadata: {name: x}   # y\n---\na: 0644\n'
    assert.equal((await runCli(['uninject', '-f', file('plain.yaml', text)])).stdout, text)
  })

  it('prints JSON: the object, or a List', async () => {
    const given = makeWorkload()
    const one = await runCli([
      'uninject',
      '-f',
      file('one.json', JSON.stringify(injected(given))),
      '-o',
      'json',
    ])
    assert.deepEqual(JSON.parse(one.stdout), given)
    const list = { apiVersion: 'v1', kind: 'List', items: [injected(given), { kind: 'X' }] }
    const several = await runCli(['uninject', '-f', file('list.json', JSON.stringify(list)), '-o', 'json'])
    assert.deepEqual(JSON.parse(several.stdout), { ...list, items: [given, { kind: 'X' }] })
  })

  it('keeps what the user has changed since', async () => {
    const object = JSON.parse(
      JSON.stringify(injected(makeWorkload())).replace(
        '"terminationGracePeriodSeconds":60',
        '"terminationGracePeriodSeconds":90',
      ),
    ) as JsonObject
    const { stdout } = await runCli([
      'uninject',
      '-f',
      file('changed.json', JSON.stringify(object)),
      '-o',
      'json',
    ])
    assert.deepEqual(JSON.parse(stdout), makeWorkload({ pod: { terminationGracePeriodSeconds: 90 } }))
  })

  for (const plan of ['garbage', '{}', '{"v":2}'])
    it(`refuses the plan ${plan}`, async () => {
      const object = withAnnotations(makeWorkload(), { 'kaito.sh/plan': plan })
      const { code, stdout, stderr } = await runCli([
        'uninject',
        '-f',
        file('invalid.json', JSON.stringify(object)),
      ])
      assert.deepEqual([code, stdout], [1, ''])
      assert.match(
        stderr,
        /^error: \S+invalid\.json: Deployment\/phi: annotation kaito\.sh\/plan cannot be read as a plan/,
      )
    })

  it('refuses a plan that claims places which are none of ours', async () => {
    const planned = injected(makeWorkload())
    const text = JSON.stringify(planned).replace(
      String.raw`\"added\":{\"spec\":{`,
      String.raw`\"added\":{\"spec\":{\"replicas\":\"x\",`,
    )
    assert.notEqual(text, JSON.stringify(planned))
    assert.equal((await runCli(['uninject', '-f', file('forged.json', text)])).code, 1)
  })
})
