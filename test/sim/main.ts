// npm run sim: many seeds, one after the other. On a violation: the seed, the invariant, and with --shrink (or --seed) the
// story in which it was broken.
import { parseArgs } from 'node:util'
import { loadControllerCode } from './controller/code.ts'
import { makeScenario, type Scenario } from './scenario/scenario.ts'
import { shrink } from './shrink.ts'
import { simulate, type Outcome } from './simulation.ts'

const { values } = parseArgs({
  options: {
    from: { type: 'string', default: '0' },
    seeds: { type: 'string', default: '1000' },
    seed: { type: 'string' },
    shrink: { type: 'boolean', default: false },
  },
})
const PROGRESS_EVERY = 500

const code = await loadControllerCode()
const first = wholeNumber('--from', values.seed ?? values.from)
const count = values.seed === undefined ? wholeNumber('--seeds', values.seeds) : 1
let violations = 0
for (let seed = first; seed < first + count; seed += 1) {
  const scenario = makeScenario(seed)
  const outcome = await simulate(scenario, code, values.seed !== undefined)
  if (outcome.violation !== undefined) {
    violations += 1
    say(`seed ${seed}: ${outcome.violation.invariant}: ${outcome.violation.message}`)
    if (values.shrink) await tellShortest(scenario, outcome.violation.invariant)
  }
  if (values.seed !== undefined && !values.shrink) tellTrace(scenario, outcome)
  const done = seed - first + 1
  if (done % PROGRESS_EVERY === 0 && done < count) say(`${done} of ${count}`)
}
say(`${count} runs, ${violations} violations`)
process.exitCode = violations > 0 ? 1 : 0

async function tellShortest(scenario: Scenario, invariant: string): Promise<void> {
  const found = await shrink(scenario, invariant, code, ({ workloads, mishaps }) =>
    say(`  shorter: ${workloads.length} workloads, ${mishaps.length} mishaps`),
  )
  tellTrace(found.scenario, found.outcome)
}

function tellTrace(scenario: Scenario, { trace }: Outcome): void {
  say(JSON.stringify(scenario, undefined, 1))
  for (const line of trace) say(line)
}

function wholeNumber(option: string, text: string): number {
  if (!/^\d{1,9}$/.test(text))
    throw new Error(`${option}: expected a whole number, got ${JSON.stringify(text)}`)
  return Number(text)
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
