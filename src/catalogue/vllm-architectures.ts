// Adapter: catalogue. The model classes that the vLLM of kaito-0.12 serves.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { presetsDirectory } from './package-root.ts'

let architectures: ReadonlySet<string> | undefined

/** Names as config.json has them, from presets/vllm-architectures.json. */
export function vllmArchitectures(): ReadonlySet<string> {
  architectures ??= new Set(readArchitectures())
  return architectures
}

function readArchitectures(): readonly string[] {
  const text = readFileSync(join(presetsDirectory(), 'vllm-architectures.json'), 'utf8')
  const { architectures: names }: { readonly architectures: readonly string[] } = JSON.parse(text)
  return names
}
