// Pipeline: cli. How much memory a server takes that lives for months.
import { setFlagsFromString } from 'node:v8'

/**
 * V8 lets the young generation grow under load, for garbage that one review leaves. At its first size a server stays 15 to
 * 40 MB smaller, and no difference in time could be measured (docs/benchmarks.md, "Where the memory goes").
 */
export function keepYoungGenerationSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1')
}
