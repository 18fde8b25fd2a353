// Pipeline: cli. `serve` as a command: flags and environment → config, the packaged catalogue, the core's decisions.
import { parseServeConfig } from '../config.ts'
import { decideMutation } from '../core/admit/mutate.ts'
import { createPlanMemo } from '../core/admit/plan-memo.ts'
import { decideValidation } from '../core/admit/validate.ts'
import { openCatalogue } from './catalogue.ts'
import type { Io } from './io.ts'
import { serve } from './serve.ts'

const EXIT_USAGE = 2

/** Resolves to the exit code when it was stopped. */
export async function runServe(
  flags: Readonly<Record<string, string>>,
  version: string,
  io: Io,
): Promise<number> {
  const parsed = parseServeConfig(flags, process.env)
  if (!parsed.ok) {
    for (const error of parsed.errors) io.err(`error: ${error}`)
    return EXIT_USAGE
  }
  const catalogue = await openCatalogue(undefined)
  const memo = createPlanMemo()
  await serve(parsed.config, {
    version,
    decideMutation: (input, context) => decideMutation(input, context, memo),
    decideValidation,
    catalogue,
    environment: process.env,
  })
  return 0
}
