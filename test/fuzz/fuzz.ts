// A run of the fuzzer: the same seed gives the same cases. What is counted as passing got through the parser, so that a run
// looks at what lies behind it as well.
import type { AdmissionContext } from '../../src/core/admit/context.ts'
import { decideMutation } from '../../src/core/admit/mutate.ts'
import { decideValidation } from '../../src/core/admit/validate.ts'
import type { AdmissionInput, Decision } from '../../src/core/api/decision.ts'
import { isObject, type Json } from '../../src/core/api/json.ts'
import { parseIntent } from '../../src/core/intent/intent.ts'
import { matchesGlob } from '../../src/core/policy/glob.ts'
import { selectPolicies } from '../../src/core/policy/namespace-policies.ts'
import { parsePolicy } from '../../src/core/policy/parse-policy.ts'
import { answerUnlessBug } from '../../webhooks/handler.ts'
import { renderBadReview } from '../../webhooks/response.ts'
import { parseReview } from '../../webhooks/review.ts'
import { annotationsOf } from './annotation-cases.ts'
import { once, randomOf } from './make-json.ts'
import { policyOf } from './policy-cases.ts'
import { reviewOf } from './review-cases.ts'

/** What became of one case: whether it passed the parser, and how long that took without making the input. */
interface Tried {
  readonly passed: boolean
  readonly ms: number
  readonly input: string
}

export interface Outcome {
  readonly subject: string
  readonly runs: number
  readonly passed: number
  /** Of the slowest case. */
  readonly slowest: { readonly index: number; readonly ms: number; readonly input: string }
}

type Subject = (seed: number, index: number, context: AdmissionContext) => Tried

function timed(input: string, run: () => boolean): Tried {
  const started = performance.now()
  const passed = run()
  return { passed, ms: performance.now() - started, input }
}

const annotations: Subject = (seed, index, { parseYaml }) => {
  const given = annotationsOf(randomOf(seed, index))
  return timed(JSON.stringify(given), () => {
    const { intent, errors } = parseIntent(given, 'metadata.annotations', parseYaml)
    return intent !== undefined && errors.length === 0
  })
}

const NAMES = ['phi-4-mini-instruct', `${'a'.repeat(250)}c`, 'mcr.microsoft.com/aks/kaito/kaito-base:0.5.0']

const manifests: Subject = (seed, index) => {
  const manifest = policyOf(randomOf(seed, index))
  return timed(JSON.stringify(manifest), () => {
    const parsed = parsePolicy(isObject(manifest) ? manifest : {})
    if (!parsed.ok) return false
    const { presets, registries } = parsed.value
    for (const glob of [...(presets.allow ?? []), ...presets.deny, ...registries.deny])
      for (const name of NAMES) matchesGlob(glob, name)
    return true
  })
}

/** Both webhooks, one after the other, as the API server asks them; in every third case under a policy. */
const reviews: Subject = (seed, index, context) => {
  const random = randomOf(seed, index)
  const text = reviewOf(random, context)
  const under = once(random, 3) ? withPolicy(context, policyOf(random)) : context
  return timed(text, () => {
    const decisions: Decision[] = []
    answered(text, input => {
      const decision = decideMutation(input, under)
      decisions.push(decision)
      return decision
    })
    answered(text, input => {
      const decision = decideMutation(input, under)
      return decision.decision === 'Deny'
        ? decision
        : decideValidation({ ...input, object: decision.result }, under)
    })
    return decisions.some(isUnderstood)
  })
}

/** An annotated workload whose annotations could be read: planned, or refused for something that lies behind that. */
function isUnderstood(decision: Decision): boolean {
  if (decision.decision === 'Deny') return decision.errors.every(({ code }) => code !== 'InvalidAnnotation')
  return decision.decision === 'Plan'
}

function withPolicy(context: AdmissionContext, manifest: Json): AdmissionContext {
  const parsed = parsePolicy(isObject(manifest) ? manifest : {})
  if (!parsed.ok) return context
  const { namespaceSelector: _, ...withoutSelector } = parsed.value
  const policies = selectPolicies([withoutSelector], {})
  const usage = { gpus: 7, nodes: 7, costPerHour: 30 }
  const policy = { policiesOf: () => policies, usageBeside: () => usage, maxReplicasOf: () => 3 }
  return { ...context, policy }
}

/** Has a review answered; throws where the answer is one of a bug. */
function answered(text: string, decide: (input: AdmissionInput) => Decision): void {
  const review = parseReview(text)
  if ('bad' in review) {
    renderBadReview(review.bad, review.uid)
    return
  }
  const { status, error } = answerUnlessBug(review, decide)
  if (status >= 500) throw error instanceof Error ? error : new Error(`status ${status}`)
}

const SUBJECTS: Readonly<Record<string, Subject>> = { annotations, policies: manifests, reviews }

const AGAIN = [1, 2, 3]

/** Runs so many cases, a third of them for each subject; rejects with the case's number where one fails. */
export function fuzz(runs: number, seed: number, context: AdmissionContext): readonly Outcome[] {
  return Object.entries(SUBJECTS).map(([subject, tryCase]) => {
    const share = Math.ceil(runs / Object.keys(SUBJECTS).length)
    let passed = 0
    let slowest: Outcome['slowest'] = { index: -1, ms: 0, input: '' }
    for (let index = 0; index < share; index++) {
      const tried = tryOne(subject, tryCase, seed, index, context)
      if (tried.passed) passed += 1
      // A pause of the machine is no slowness of ours: what seems slow is tried again.
      const again =
        tried.ms > slowest.ms ? AGAIN.map(() => tryOne(subject, tryCase, seed, index, context).ms) : [0]
      const ms = Math.min(tried.ms, ...again)
      if (ms > slowest.ms) slowest = { index, ms, input: tried.input }
    }
    return { subject, runs: share, passed, slowest }
  })
}

function tryOne(
  subject: string,
  tryCase: Subject,
  seed: number,
  index: number,
  context: AdmissionContext,
): Tried {
  try {
    return tryCase(seed, index, context)
  } catch (error) {
    throw new Error(
      `${subject}, seed ${seed}, case ${index}: ${error instanceof Error ? error.message : String(error)}`,
      {
        cause: error,
      },
    )
  }
}
