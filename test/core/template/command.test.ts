// The command line against an independent table of what upstream KAITO runs (test/fixtures/upstream/README.md), for every
// preset of both revisions, both runtimes, every instance type on which upstream runs it: one pod with the whole node.
// Several nodes are a StatefulSet with as many replicas, and for a Deployment a refusal that says so.
// Where we differ on purpose, the difference has a name and a count, so that no other one can hide behind it.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { canonicalJson, type JsonObject } from '../../../src/core/api/json.ts'
import type { InstanceType, PresetRevision } from '../../../src/core/preset/catalogue.ts'
import { acceptsTensor } from '../../../src/core/sizing/parallelism.ts'
import { containerCommand } from '../../../src/core/template/command.ts'
import {
  loadCommands,
  loadEstimates,
  type UpstreamCommand,
  type UpstreamRevision,
  type UpstreamRuntime,
} from '../../fixtures/upstream/load.ts'
import { CONTEXT, create, messagesOf, type Planned } from '../admit/admission.ts'
import { containerOf, makeWorkload, type WorkloadParts } from '../admit/make-workload.ts'

interface Pair {
  readonly preset: string
  readonly revision: UpstreamRevision
  readonly runtime: UpstreamRuntime
  readonly type: string
  readonly upstream: UpstreamCommand
}

function* pairsOf(revision: UpstreamRevision): Generator<Pair> {
  for (const [preset, { runtimes }] of loadCommands(revision))
    for (const runtime of ['vllm', 'transformers'] as const)
      for (const upstream of runtimes[runtime] ?? [])
        for (const type of upstream.instanceTypes) yield { preset, revision, runtime, type, upstream }
}

/** What admission answers when the pod asks for all GPUs of a node of this type. */
function decide(
  { preset, revision, runtime, type, upstream }: Pair,
  parts: WorkloadParts = {},
): ReturnType<typeof create> {
  const annotations = { preset: `${preset}@${revision}`, runtime, 'instance-type': type }
  const resources = { limits: { 'nvidia.com/gpu': upstream.gpusPerNode } }
  return create(makeWorkload({ annotations, container: { resources }, ...parts }))
}

/** The command inside `exec … "$@"`. */
function plannedCommand({ result }: Planned): string {
  const [shell, flag, text, name] = containerOf(result)['command'] as readonly string[]
  assert.deepEqual([shell, flag, name], ['/bin/sh', '-c', '--'])
  const command = /^exec (.*) "\$@"$/.exec(text ?? '')?.[1]
  assert.ok(command !== undefined, text)
  return command
}

function revisionOf({ preset, revision }: Pair): PresetRevision {
  const entry = CONTEXT.catalogue.presets.find(
    ({ name, aliases }) => name === preset || aliases.includes(preset),
  )
  const found = entry?.revisions.find(({ name }) => name === revision)
  assert.ok(found !== undefined, `${preset}@${revision} is in the catalogue`)
  return found
}

function typeOf({ type }: Pair): InstanceType {
  const found = CONTEXT.catalogue.instanceTypes.find(({ name }) => name === type)
  assert.ok(found !== undefined, `${type} is in the catalogue`)
  return found
}

function nameOf({ preset, revision, runtime, type }: Pair): string {
  return `${preset}@${revision} with ${runtime} on ${type}`
}

/** Compares the pairs of a revision and counts what came out; an outcome without a name fails at once. */
function outcomesOf(revision: UpstreamRevision): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const pair of pairsOf(revision)) {
    const outcome = pair.upstream.nodes > 1 ? outcomeOverNodes(pair) : outcomeOnOneNode(pair)
    const key = `${pair.runtime}: ${outcome}`
    counts[key] = (counts[key] ?? 0) + 1
  }
  return counts
}

/** Upstream's names for the leader, and `exec` and the user's args, which upstream has not. */
function outcomeOverNodes(pair: Pair): string {
  const { nodes, command } = pair.upstream
  const refused = decide(pair)
  assert.equal(refused.decision, 'Deny', nameOf(pair))
  assert.match(messagesOf(refused).join('\n'), /more than one node per replica takes a StatefulSet/)
  const decision = decide(pair, { kind: 'StatefulSet', name: 'ws', spec: { replicas: nodes } })
  assert.equal(decision.decision, 'Plan', nameOf(pair))
  const [, , text = ''] = containerOf(decision.result)['command'] as readonly string[]
  assert.equal(
    text.replaceAll('exec ', '').replace(' "$@";', ';'),
    command.replaceAll('WS', 'ws').replaceAll('.NS.', '.default.'),
  )
  assert.match(text, /; exec python3 [^;]* "\$@"; else exec \S+ worker /)
  return 'several nodes, equal'
}

function outcomeOnOneNode(pair: Pair): string {
  const decision = decide(pair)
  if (decision.decision === 'Deny') return refusal(pair, messagesOf(decision))
  assert.equal(decision.decision, 'Plan')
  const command = plannedCommand(decision)
  const { parallelism, gpusPerPod } = decision.plan
  assert.equal(gpusPerPod, pair.upstream.gpusPerNode)
  assert.ok(
    pair.runtime === 'transformers' || acceptsTensor(revisionOf(pair), parallelism.tensor),
    nameOf(pair),
  )
  if (command === pair.upstream.command) {
    assert.ok(pair.upstream.vllmRefuses !== true, nameOf(pair))
    if (pair.runtime === 'vllm')
      assert.equal(
        canonicalJson(parallelism as unknown as JsonObject),
        canonicalJson(pair.upstream.parallelism),
      )
    return 'equal'
  }
  return difference(pair, command)
}

/** Plans where upstream's command differs. */
function difference(pair: Pair, command: string): string {
  const { upstream } = pair
  if (upstream.vllmRefuses === true) {
    assert.equal(withoutParallelism(command), withoutParallelism(upstream.command), nameOf(pair))
    return 'another parallelism, because vLLM would refuse'
  }
  if (upstream.unknownSku === true) {
    const known = upstream.command.replace('--gpu-memory-utilization=0.90', '--gpu-memory-utilization=0.93')
    assert.equal(command, known, nameOf(pair))
    return 'A10, which v0.4.6 does not know: utilisation by the formula'
  }
  assert.equal(command, upstream.command, nameOf(pair))
  return 'equal'
}

function withoutParallelism(command: string): string {
  return command
    .replaceAll(/ --(tensor|data)-parallel-size=\d+/g, '')
    .replace(' --kaito-kv-cache-cpu-memory-utilization=0', '')
}

/** Refusals where upstream would start something. */
function refusal(pair: Pair, messages: readonly string[]): string {
  const text = `${nameOf(pair)}: ${messages.join('\n')}`
  const { table, tensorParallel, figures } = revisionOf(pair)
  const { gpuMemoryGiB, gpuCount } = typeOf(pair)
  if (pair.upstream.vllmRefuses === true) {
    assert.match(text, /do not divide by them/)
    return 'refused, because vLLM would refuse and no other parallelism holds the model'
  }
  if (!tensorParallel && gpuMemoryGiB < (table?.totalGpuMemoryGiB ?? 0)) {
    assert.match(text, /it has no tensor parallelism/)
    return 'refused, because one small GPU would have to hold what nothing splits'
  }
  assert.equal(pair.runtime, 'transformers', text)
  assert.equal(pair.revision, 'kaito-0.12', text)
  const memoryGiB = gpuMemoryGiB * gpuCount
  const weightGiB = figures.weightBytes / 2 ** 30
  assert.ok(weightGiB <= memoryGiB && weightGiB > memoryGiB * 0.5, text)
  return 'refused, because the estimator says too small, which upstream does not ask'
}

describe('the server’s command line', () => {
  it('is upstream’s for every pair of kaito-0.12, but for the differences that have a name', () => {
    assert.deepEqual(outcomesOf('kaito-0.12'), {
      'vllm: equal': 1383,
      'vllm: several nodes, equal': 1171,
      'vllm: another parallelism, because vLLM would refuse': 26,
      'transformers: equal': 550,
      'transformers: refused, because the estimator says too small, which upstream does not ask': 43,
    })
  })

  it('is upstream’s for every pair of kaito-0.4, but for the differences that have a name', () => {
    assert.deepEqual(outcomesOf('kaito-0.4'), {
      'vllm: equal': 864,
      'vllm: A10, which v0.4.6 does not know: utilisation by the formula': 28,
      'vllm: another parallelism, because vLLM would refuse': 59,
      'vllm: refused, because vLLM would refuse and no other parallelism holds the model': 27,
      'vllm: refused, because one small GPU would have to hold what nothing splits': 2,
      'transformers: equal': 980,
    })
  })

  it('is wrapped so that the user’s args follow', () => {
    assert.deepEqual(containerCommand('a --b'), ['/bin/sh', '-c', 'exec a --b "$@"', '--'])
  })
})

describe('the plan', () => {
  it('never takes fewer GPUs than upstream’s estimate, on any instance type', () => {
    let compared = 0
    for (const [preset, byType] of loadEstimates()) {
      for (const [type, estimate] of byType) {
        const decision = create(
          makeWorkload({
            annotations: { preset: `${preset}@kaito-0.12`, runtime: 'vllm', 'instance-type': type },
          }),
        )
        compared += 1
        if (typeof estimate === 'string' || estimate.nodes > 1)
          assert.equal(decision.decision, 'Deny', `${preset} on ${type}`)
        else if (decision.decision === 'Plan')
          assert.ok(decision.plan.gpusPerPod >= estimate.minGpus, `${preset} on ${type}`)
        else assert.match(messagesOf(decision).join('\n'), /do not divide by them/)
      }
    }
    assert.equal(compared, 60 * 83)
  })
})
