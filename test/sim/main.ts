// npm run sim: many seeds, one after the other. On a violation: the seed, the invariant, and with --shrink (or --seed) the
// story in which it was broken. Exit code 1: there was one; 2: wrong usage. `--code` takes another folder than src.
import { parseArgs } from 'node:util'
import { loadControllerCode, SOURCE } from './controller/code.ts'
import type { ControllerCode } from './controller/parts.ts'
import { makeScenario, type Scenario } from './scenario/scenario.ts'
import { shrink } from './shrink.ts'
import { simulate, type Outcome } from './simulation.ts'

const PROGRESS_EVERY = 500

/** All numbers are whole. */
interface Order {
  readonly first: number
  readonly count: number
  /** Tells the story even where nothing goes wrong. */
  readonly isReplay: boolean
  readonly shrinks: boolean
  readonly folder: string
}

const order = readOrder()
if (order === undefined) process.exitCode = 2
else process.exitCode = (await run(order)) > 0 ? 1 : 0

/** Undefined: it was not understood, and has been said. */
function readOrder(): Order | undefined {
  try {
    const { values } = parseArgs({
      options: {
        from: { type: 'string', default: '0' },
        seeds: { type: 'string', default: '1000' },
        seed: { type: 'string' },
        shrink: { type: 'boolean', default: false },
        code: { type: 'string', default: SOURCE },
      },
    })
    const { from, seed, seeds, shrink: shrinks, code: folder } = values
    const first = wholeNumber('--from', seed ?? from)
    const count = seed === undefined ? wholeNumber('--seeds', seeds) : 1
    return { first, count, isReplay: seed !== undefined, shrinks, folder }
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    return undefined
  }
}

/** How many seeds broke an invariant. */
async function run({ first, count, isReplay, shrinks, folder }: Order): Promise<number> {
  const code = await loadControllerCode(folder)
  let violations = 0
  for (let seed = first; seed < first + count; seed += 1) {
    const scenario = makeScenario(seed)
    const outcome = await simulate(scenario, code, isReplay)
    if (outcome.violation !== undefined) {
      violations += 1
      say(`seed ${seed}: ${outcome.violation.invariant}: ${outcome.violation.message}`)
      if (shrinks) await tellShortest(scenario, outcome.violation.invariant, code)
    }
    if (isReplay && !shrinks) tellTrace(scenario, outcome)
    const done = seed - first + 1
    if (done % Math.min(PROGRESS_EVERY, Math.ceil(count / 10)) === 0 && done < count)
      say(`${done} of ${count}`)
  }
  say(`${count} runs, ${violations} violations`)
  return violations
}

async function tellShortest(scenario: Scenario, invariant: string, code: ControllerCode): Promise<void> {
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
