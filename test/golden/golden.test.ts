// Golden pairs, through the command line and through admission itself: what users read on paper is what the webhook does.
// A stale one fails; `node tools/golden.ts --write` writes them anew, on purpose only.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { parseAllDocuments } from 'yaml'
import { objectsOf, parseDocuments } from '../../src/cli/documents.ts'
import type { Decision } from '../../src/core/api/decision.ts'
import type { Json, JsonObject } from '../../src/core/api/json.ts'
import { runCli } from '../cli/run-cli.ts'
import { create, update, validate } from '../core/admit/admission.ts'
import { goldenCases, recorded, rendered } from './cases.ts'

/** The objects of a YAML text, read by the YAML package alone. */
function values(text: string): readonly Json[] {
  const documents = parseAllDocuments(text, { version: '1.1', merge: true })
  assert.ok(!('empty' in documents))
  return documents.map(document => document.toJS() as Json).filter(value => value !== null)
}

function objects(text: string): readonly JsonObject[] {
  return objectsOf(parseDocuments('golden', text)).map(({ object }) => object)
}

interface Recorded {
  readonly decision: string
  readonly reasons: Decision['reasons']
  readonly warnings: Decision['warnings']
  readonly plan?: unknown
}

describe('golden pairs', () => {
  it('are all there', () => assert.ok(goldenCases().length >= 15))

  for (const one of goldenCases()) {
    const text = readFileSync(one.input, 'utf8')
    const files = recorded(one)
    const decisions = JSON.parse(files['decision.json'] ?? '[]') as readonly Recorded[]

    it(`${one.name} is what the command line prints`, async () => {
      assert.deepEqual(await rendered(one), files, 'stale: node tools/golden.ts --write')
    })

    it(`${one.name} is what admission decides`, () => {
      const decided = objects(text).map(object => create(object))
      assert.equal(decided.length, decisions.length)
      for (const [index, decision] of decided.entries()) {
        const { decision: name, reasons, warnings } = decision
        const plan = decision.decision === 'Plan' ? { plan: decision.plan } : {}
        const { object: _, ...want } = decisions[index] as Recorded & { object: unknown }
        assert.deepEqual(JSON.parse(JSON.stringify({ decision: name, reasons, warnings, ...plan })), want)
      }
      if (files['output.yaml'] === undefined) return
      const results = decided.map(decision => (decision.decision === 'Deny' ? {} : decision.result))
      assert.deepEqual(objects(files['output.yaml']), results)
    })

    if (files['output.yaml'] === undefined) {
      it(`${one.name} is refused, with nothing on stdout`, async () => {
        const { code, stdout, stderr } = await runCli(['render', '-f', one.input])
        assert.deepEqual([code, stdout], [1, ''])
        assert.match(stderr, /^error: .* is refused:$/m)
      })
      continue
    }
    const output = files['output.yaml']

    it(`${one.name} is at rest, valid, and undone by uninject`, async () => {
      for (const [index, object] of objects(output).entries()) {
        if (decisions[index]?.decision !== 'Plan') continue
        assert.equal(validate(object).decision, 'Plan')
        const again = update(object, object)
        assert.deepEqual(again.decision === 'Deny' ? again.reasons : again.operations, [])
      }
      const plans = /kaito\.sh\/plan/.test(text)
      const { stdout } = await runCli(['uninject', '-f', one.input.replace('input.yaml', 'output.yaml')])
      const before = plans ? (await runCli(['uninject', '-f', one.input])).stdout : text
      assert.deepEqual(values(stdout), values(before))
    })
  }
})
