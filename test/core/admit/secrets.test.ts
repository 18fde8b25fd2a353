// Secrets in annotations: refused wherever they stand, and no part of them comes back in any answer.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { ANNOTATION_NAMES } from '../../../src/core/api/annotations.ts'
import type { Decision } from '../../../src/core/api/decision.ts'
import type { JsonObject } from '../../../src/core/api/json.ts'
import { renderDecision } from '../../../webhooks/response.ts'
import { parseReview } from '../../../webhooks/review.ts'
import {
  asDenied,
  asPlanned,
  create,
  injected,
  messagesOf,
  update,
  validate,
  validateUpdate,
} from './admission.ts'
import { asObject, withValueAt } from './json-tree.ts'
import { makeCronJob, makeWorkload, withAnnotations } from './make-workload.ts'

const letters = (unit: string, min: number, max: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...unit.split('')), minLength: min, maxLength: max })
const LOWER = 'abcdefghijklmnopqrstuvwxyz'
const ALNUM = `${LOWER}${LOWER.toUpperCase()}0123456789`

/** Tokens as the services make them. */
const token = fc.oneof(
  letters(ALNUM, 34, 34).map(text => `hf_${text}`),
  letters(ALNUM, 20, 48).map(text => `sk-${text}`),
  letters(`${ALNUM}_-`, 30, 90).map(text => `sk-proj-${text}`),
  letters(ALNUM, 36, 36).map(text => `ghp_${text}`),
  letters(`${ALNUM}_`, 60, 82).map(text => `github_pat_${text}`),
  letters(`${ALNUM}_-`, 20, 20).map(text => `glpat-${text}`),
  letters(ALNUM, 36, 36).map(text => `npm_${text}`),
  letters(`${ALNUM}_-`, 27, 27).map(text => `dckr_pat_${text}`),
  letters(`${ALNUM}-`, 30, 50).map(text => `xoxb-${text}`),
  letters(`${ALNUM}_-`, 64, 64).map(text => `nvapi-${text}`),
  letters(`${ALNUM}_-`, 35, 35).map(text => `AIza${text}`),
)

/** How people write them into an annotation. */
const written = fc
  .tuple(
    token,
    fc.constantFrom<(secret: string) => string>(
      secret => secret,
      secret => ` ${secret}\n`,
      secret => `"${secret}"`,
      secret => `name=${secret},other`,
      secret => `https://user:${secret}@example.com/data.csv`,
      secret => `https://${secret}@example.com/data.csv`,
      secret => `https://example.com/data.csv?token=${secret}`,
      secret => `[{"name": "tone", "image": "registry.example/tone:1", "imagePullSecrets": ["${secret}"]}]`,
      secret => `{"a": {"${secret}": 1}}`,
    ),
  )
  .map(([secret, write]) => ({ secret, text: write(secret) }))

const REVIEW = parseReview(
  JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: { uid: 'u', operation: 'CREATE', object: {} },
  }),
)

/** All that leaves the process of a decision: the response, and what the CLI prints from it. */
function said(decision: Decision): string {
  assert.ok(!('bad' in REVIEW))
  const { decision: word, reasons, warnings } = decision
  const errors = decision.decision === 'Deny' ? decision.errors : []
  return JSON.stringify({ word, reasons, warnings, errors }) + renderDecision(REVIEW, decision)
}

/** Nothing of it but its form, which everybody knows. */
function assertUnsaid(decision: Decision, secret: string): void {
  const text = said(decision)
  const [form = ''] =
    /^(?:hf_|sk-proj-|sk-|ghp_|github_pat_|glpat-|npm_|dckr_pat_|xoxb-|nvapi-|AIza)/.exec(secret) ?? []
  assert.ok(!text.includes(secret.slice(0, form.length + 5)), `${secret}\n${text}`)
}

describe('a secret in an annotation', () => {
  it('is refused in any of them, and never repeated', () => {
    const key = fc.oneof(
      fc.constantFrom(...ANNOTATION_NAMES),
      fc.constantFrom('hf-token', 'modelaccesssecret', 'plan', 'x'),
    )
    fc.assert(
      fc.property(key, written, (name, { secret, text }) => {
        const object = makeWorkload({ annotations: { [name]: text } })
        const planned = withAnnotations(injected(makeWorkload()), { [`kaito.sh/${name}`]: text })
        const others = [validate(object), validate(planned), update(planned, injected(makeWorkload()))]
        for (const decision of [create(object), ...others]) assertUnsaid(decision, secret)
        // Without a preset the workload is none of ours.
        if (name === 'preset' && text.trim() === '') return
        const denied = asDenied(create(object))
        assert.deepEqual(
          denied.errors.filter(({ code }) => code === 'SecretInAnnotation').map(({ field }) => field),
          [`metadata.annotations[kaito.sh/${name}]`],
        )
      }),
      { numRuns: 1000 },
    )
  })

  it('nor where the key is the secret', () => {
    fc.assert(
      fc.property(token, secret => {
        const denied = asDenied(create(makeWorkload({ annotations: { [secret]: 'true' } })))
        assertUnsaid(denied, secret)
        assert.equal(denied.errors[0]?.field, 'metadata.annotations[kaito.sh/(hidden)]')
      }),
    )
  })

  it('nor on the pod template or on a CronJob itself', () => {
    fc.assert(
      fc.property(token, secret => {
        const misplaced = { annotations: { 'kaito.sh/model-access-secret': secret } }
        const onTemplate = asDenied(create(makeWorkload({ templateMetadata: misplaced })))
        const cronJob = makeCronJob({ annotations: { 'tuning-method': 'lora' } })
        const onCronJob = asDenied(
          create(asObject(withValueAt(cronJob, ['metadata', 'annotations'], misplaced.annotations))),
        )
        for (const decision of [onTemplate, onCronJob]) {
          assertUnsaid(decision, secret)
          assert.ok(decision.errors.some(({ code }) => code === 'SecretInAnnotation'))
        }
      }),
    )
  })

  it('is told with its field and what to do, beside every other mistake', () => {
    const messages = messagesOf(
      asDenied(
        create(
          makeWorkload({
            annotations: { 'model-access-secret': `hf_${'a1B2'.repeat(9)}`, runtime: 'ollama' },
            pod: { nodeName: 'n' },
          }),
        ),
      ),
    )
    assert.equal(messages.length, 3)
    assert.equal(
      messages[0],
      "metadata.annotations[kaito.sh/model-access-secret]: Forbidden: must not hold a secret, and this looks like a token of Hugging Face: annotations are no safe place, so revoke it, put the new one into a Secret and give that one's name",
    )
  })

  it('that is stored already holds up no other change, and is not repeated either', () => {
    const secret = `hf_${'a1B2'.repeat(9)}`
    const stored = withAnnotations(injected(makeWorkload()), { [`kaito.sh/${secret}`]: secret })
    const changed = withAnnotations(stored, { 'example.com/x': 'y' })
    for (const decision of [asPlanned(update(changed, stored)), asPlanned(validateUpdate(changed, stored))])
      assertUnsaid(decision, secret)
    const moved = withAnnotations(stored, { 'kaito.sh/other': secret })
    assert.equal(asDenied(update(moved, stored)).errors.length, 1)
  })
})

describe('what is no secret', () => {
  const fine: readonly (readonly [string, string, JsonObject?])[] = [
    ['model-access-secret', 'hf-token'],
    ['model-access-secret', 'sk'],
    ['config', 'task-12345678901234567890'],
    ['weights', 'pvc:claim/hf_cache/models'],
    ['weights', 'pvc:claim/sk-learn-runtime-image'],
    ['weights', `image:registry.example/hf_models/x:1@sha256:${'0a'.repeat(32)}`],
    ['adapters', '[{name: tone, image: "registry.example/sk-learn-runtime-image-12:1", strength: 0.5}]'],
    ['replan', '2026-11-22 = after the review, see https://example.com/a?b=c'],
    ['replan', 'because of user@example.com'],
  ]
  for (const [name, text] of fine)
    it(`${name}: ${text}`, () => {
      asPlanned(create(makeWorkload({ annotations: { [name]: text } })))
    })

  it('a URL with a signature of an object store', () => {
    const url =
      'https://store.blob.core.windows.net/d/t.parquet?sv=2022&sig=abcDEF123%2Bxyz%3D,https://b.s3.amazonaws.com/t.csv?X-Amz-Credential=AKIAIOSFODNN7EXAMPLE&X-Amz-Signature=fe5f80'
    const annotations = { 'tuning-method': 'lora', 'tuning-input-urls': url }
    const pod = { volumes: [{ name: 'results', emptyDir: {} }] }
    asPlanned(create(makeWorkload({ kind: 'Job', annotations, pod })))
  })
})
