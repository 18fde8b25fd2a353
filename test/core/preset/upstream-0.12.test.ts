// Every packaged entry against KAITO 0.12's own figures and flags: the fixture was extracted from upstream's catalogue
// and generator, not from ours.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { resolvePreset } from '../../../src/core/preset/resolve.ts'
import { packaged, presetNamed, revisionNamed } from './packaged.ts'

interface Upstream {
  readonly name: string
  readonly id: string
  readonly names: readonly string[]
  readonly licence: string
  readonly gated: boolean
  readonly size: string
  readonly maxModelLen: number
  readonly bytesPerToken: number
  readonly heads: number
  readonly kvHeads: number
  readonly architectures: readonly string[]
  readonly image: string
  readonly model: string
  readonly runtimes: readonly string[]
  readonly vllm: Readonly<Record<string, string>>
  readonly transformers: Readonly<Record<string, string>> | null
  readonly disk: string
  readonly readinessTimeoutSeconds: number
  readonly startupProbeFailureThreshold: number
  readonly kvOffloadDisabled: boolean
  readonly deepGemm: boolean
  readonly cudaToolkit: boolean
  readonly adapters: boolean
  readonly tuning: {
    readonly disk: string
    readonly memory: string
    readonly gpuCount: number
    readonly weightsImage: string
  } | null
}

const file = new URL('../../fixtures/presets-kaito-0.12.json', import.meta.url)
const upstream: readonly Upstream[] = JSON.parse(readFileSync(file, 'utf8'))

describe('presets of KAITO 0.12', () => {
  it('are all there, and nothing else is', () => {
    const ours = packaged.presets.filter(preset => preset.revisions.some(one => one.name === 'kaito-0.12'))
    assert.equal(upstream.length, 60)
    assert.deepEqual(ours.map(preset => preset.name).toSorted(), upstream.map(one => one.name).toSorted())
  })

  for (const want of upstream) {
    describe(want.name, () => {
      const preset = presetNamed(want.name)
      const revision = revisionNamed(want.name, 'kaito-0.12')

      it('answers to every name that upstream accepts, and to its id as written', () => {
        for (const name of [...want.names, want.id]) {
          const resolved = resolvePreset(packaged, name)
          assert.ok(resolved.ok && resolved.value.preset === preset, name)
        }
      })

      it('says of itself what upstream says', () => {
        assert.equal(preset.huggingFaceId, want.id)
        assert.equal(preset.licence, want.licence)
        assert.deepEqual(preset.architectures, want.architectures)
        assert.equal(revision.image, want.image)
        assert.equal(revision.modelArgument, want.model)
        assert.equal(revision.servedModelName, want.name)
        assert.equal(revision.weightsInImage, false)
        assert.equal(revision.tensorParallel, true)
        assert.equal(revision.table, undefined)
      })

      it('is gated where its page asks for a token', () => {
        const isKnownGated = /^(meta-llama\/|google\/gemma-3)/.test(want.id) || want.gated
        assert.equal(preset.gated, isKnownGated)
      })

      it('has the flags of each runtime', () => {
        assert.deepEqual(Object.keys(revision.runtimes), want.runtimes)
        assert.deepEqual(revision.runtimes.vllm?.flags, want.vllm)
        assert.deepEqual(revision.runtimes.transformers?.flags, want.transformers ?? undefined)
      })

      it('has the figures', () => {
        const { figures } = revision
        assert.equal(figures.bytesPerToken, want.bytesPerToken)
        assert.equal(figures.maxModelLen, want.maxModelLen)
        assert.equal(figures.attentionHeads, want.heads)
        assert.equal(figures.keyValueHeads, want.kvHeads)
        const gib = Number(want.size.replace('Gi', ''))
        assert.ok(Math.abs(figures.weightBytes - gib * 2 ** 30) < 1, String(figures.weightBytes))
      })

      it('has disk, start-up budget and special needs', () => {
        assert.equal(`${revision.diskGiB}Gi`, want.disk)
        assert.equal(Math.ceil(revision.startupSeconds / 10), want.startupProbeFailureThreshold)
        assert.ok(Math.abs(revision.startupSeconds - want.readinessTimeoutSeconds) < 1)
        assert.equal(revision.kvOffloadDisabled, want.kvOffloadDisabled)
        assert.equal(revision.deepGemm, want.deepGemm)
        assert.equal(revision.cudaToolkit, want.cudaToolkit)
        assert.equal(revision.adapters, want.adapters)
      })

      it('can be tuned where upstream tunes it', () => {
        const { tuning } = revision
        assert.equal(tuning === undefined, want.tuning === null)
        if (tuning === undefined || want.tuning === null) return
        assert.equal(`${tuning.diskGiB}Gi`, want.tuning.disk)
        assert.equal(`${tuning.totalGpuMemoryGiB}Gi`, want.tuning.memory)
        assert.equal(tuning.gpuCount, want.tuning.gpuCount)
        assert.equal(tuning.weightsImage, want.tuning.weightsImage)
      })
    })
  }
})
