// Pipeline: preset. What sizing must know of a model, from the numbers of its config.json.

import type { ModelFigures } from './catalogue.ts'
import type { ModelConfig, PresetEntry } from './entry.ts'
import { quantityBytes } from './quantity.ts'

/** KAITO's estimate counts two bytes for each cached number, whatever type the weights have. */
const BYTES_PER_NUMBER = 2

/** Weights, KV cache and heads of a model. */
export function modelFigures({ size, config }: PresetEntry): ModelFigures {
  const { maxModelLen, heads, kvHeads = heads } = config
  return {
    weightBytes: quantityBytes(size),
    bytesPerToken: bytesPerToken(config),
    maxModelLen,
    ...(heads === undefined ? {} : { attentionHeads: heads }),
    ...(kvHeads === undefined ? {} : { keyValueHeads: kvHeads }),
  }
}

/** Multi-head latent attention caches one compressed vector a layer; every other kind a key and a value for each KV head. */
function bytesPerToken(config: ModelConfig): number {
  if ('bytesPerToken' in config) return config.bytesPerToken
  if ('kvLoraRank' in config) {
    return (config.kvLoraRank + config.qkRopeHeadDim) * config.layers * BYTES_PER_NUMBER
  }
  const { heads, kvHeads = heads, layers } = config
  const headDim = 'headDim' in config ? config.headDim : Math.floor(config.hiddenSize / heads)
  return 2 * kvHeads * headDim * layers * BYTES_PER_NUMBER
}
