// Every packaged entry against KAITO 0.4.6's table of images.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import type { ModelFigures } from '../../../src/core/preset/catalogue.ts'
import { packaged, revisionNamed } from './packaged.ts'

interface Upstream {
  readonly name: string
  readonly id: string
  readonly commit: string
  readonly licence: string
  readonly gated: boolean
  readonly image: string
  readonly downloadAtRuntime: boolean
  readonly runtimes: readonly string[]
  readonly servedModelName: string
  readonly vllm: Readonly<Record<string, string>>
  readonly transformers: Readonly<Record<string, string>>
  readonly disk: string
  readonly gpuCount: number
  readonly totalGpuMemory: string
  readonly perGpuMemory: string
  readonly readinessTimeoutSeconds: number
  readonly tensorParallel: boolean
  readonly adapters: boolean
  readonly tuning: {
    readonly disk: string
    readonly gpuCount: number
    readonly totalGpuMemory: string
    readonly perGpuMemory: string
  } | null
}

const file = new URL('../../fixtures/presets-kaito-0.4.json', import.meta.url)
const upstream: readonly Upstream[] = JSON.parse(readFileSync(file, 'utf8'))

/** Upstream's controller adds these for the one model that this generation downloads; here they are data. */
function downloadFlags({ id, commit, downloadAtRuntime }: Upstream) {
  if (!downloadAtRuntime) return { vllm: {}, transformers: {} }
  return {
    vllm: { model: id, 'code-revision': commit },
    transformers: { pretrained_model_name_or_path: id, revision: commit },
  }
}

function figures(name: string): ModelFigures {
  return revisionNamed(name, 'kaito-0.4').figures
}

describe('presets of KAITO 0.4', () => {
  it('are all there, and nothing else is', () => {
    const ours = packaged.presets.filter(preset => preset.revisions.some(one => one.name === 'kaito-0.4'))
    assert.equal(upstream.length, 19)
    const ids = ours.map(preset => preset.huggingFaceId).toSorted()
    assert.deepEqual(ids, upstream.map(one => one.id).toSorted())
  })

  it('are the last revision of an entry', () => {
    for (const preset of packaged.presets) {
      const names = preset.revisions.map(revision => revision.name)
      assert.ok(names.length > 0, preset.name)
      assert.deepEqual(
        names,
        ['kaito-0.12', 'kaito-0.4'].filter(name => names.some(one => one === name)),
      )
    }
  })

  it('are the only revision of what KAITO 0.12 does not serve', () => {
    const only = packaged.presets.filter(preset => preset.revisions[0]?.name === 'kaito-0.4')
    const names = ['falcon-40b', 'falcon-40b-instruct', 'falcon-7b', 'falcon-7b-instruct', 'phi-2']
    assert.deepEqual(
      only.map(preset => preset.name),
      names,
    )
  })

  for (const want of upstream) {
    describe(want.name, () => {
      const preset = packaged.presets.find(one => one.huggingFaceId === want.id)
      assert.ok(preset)
      const revision = revisionNamed(preset.name, 'kaito-0.4')

      it('says of itself what upstream says', () => {
        assert.equal(preset.licence, want.licence)
        assert.equal(preset.gated, want.gated)
        assert.equal(revision.servedModelName, want.servedModelName)
        assert.equal(revision.image, want.image)
        assert.equal(revision.weightsInImage, !want.downloadAtRuntime)
        assert.equal(revision.modelArgument, undefined)
      })

      it('has the flags of each runtime', () => {
        const extra = downloadFlags(want)
        assert.deepEqual(Object.keys(revision.runtimes), want.runtimes)
        assert.deepEqual(revision.runtimes.vllm?.flags, { ...want.vllm, ...extra.vllm })
        assert.deepEqual(revision.runtimes.transformers?.flags, {
          ...want.transformers,
          ...extra.transformers,
        })
      })

      it('has the table figures', () => {
        assert.equal(revision.table?.gpuCount, want.gpuCount)
        assert.equal(`${revision.table?.totalGpuMemoryGiB}Gi`, want.totalGpuMemory)
        assert.equal(`${revision.table?.perGpuMemoryGiB}Gi`, want.perGpuMemory)
        assert.equal(`${revision.diskGiB}Gi`, want.disk)
        assert.equal(revision.startupSeconds, want.readinessTimeoutSeconds)
        assert.equal(revision.tensorParallel, want.tensorParallel)
        assert.equal(revision.adapters, want.adapters)
        assert.deepEqual(
          [revision.kvOffloadDisabled, revision.deepGemm, revision.cudaToolkit],
          [false, false, false],
        )
      })

      it('can be tuned where upstream tunes it', () => {
        const { tuning } = revision
        assert.equal(tuning === undefined, want.tuning === null)
        if (tuning === undefined || want.tuning === null) return
        assert.equal(tuning.gpuCount, want.tuning.gpuCount)
        assert.equal(`${tuning.diskGiB}Gi`, want.tuning.disk)
        assert.equal(`${tuning.totalGpuMemoryGiB}Gi`, want.tuning.totalGpuMemory)
        assert.equal(`${tuning.perGpuMemoryGiB}Gi`, want.tuning.perGpuMemory)
        assert.equal(tuning.weightsImage, undefined)
      })
    })
  }

  it('know their heads where only this generation serves them (public config.json)', () => {
    for (const name of ['falcon-7b', 'falcon-7b-instruct']) {
      const { attentionHeads, keyValueHeads, maxModelLen } = figures(name)
      assert.deepEqual([attentionHeads, keyValueHeads, maxModelLen], [71, 71, 2048])
    }
    for (const name of ['falcon-40b', 'falcon-40b-instruct']) {
      const { attentionHeads, keyValueHeads, maxModelLen } = figures(name)
      assert.deepEqual([attentionHeads, keyValueHeads, maxModelLen], [128, 8, 2048])
    }
    const { attentionHeads, keyValueHeads, maxModelLen } = figures('phi-2')
    assert.deepEqual([attentionHeads, keyValueHeads, maxModelLen], [32, 32, 2048])
  })
})
