// npm run fuzz -- --runs 100000 --seed 1 --https 5000: prints what passed and the slowest input of each subject.
import { parseArgs } from 'node:util'
import { CONTEXT } from '../core/admit/admission.ts'
import { fuzz } from './fuzz.ts'
import { fuzzHttps } from './https.ts'

const LEAST_PASSED = 0.2
const SHOWN_CHARACTERS = 300

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    https: { type: 'string', default: '0' },
  },
})
const started = performance.now()
const outcomes = fuzz(Number(values.runs), Number(values.seed), CONTEXT)
for (const { subject, runs, passed, slowest } of outcomes) {
  const { index, ms, input } = slowest
  console.log(`${subject}: ${runs} cases, ${((100 * passed) / runs).toFixed(1)} % pass the parser`)
  console.log(
    `  slowest: case ${index}, ${ms.toFixed(1)} ms, ${input.length} characters: ${input.slice(0, SHOWN_CHARACTERS)}`,
  )
}
const statuses = await fuzzHttps(Number(values.https), Number(values.seed), CONTEXT)
for (const [status, count] of statuses) console.log(`reviews by HTTPS: ${count} answered with ${status}`)
console.log(`seed ${values.seed}, ${((performance.now() - started) / 1000).toFixed(0)} s`)
if (outcomes.some(({ runs, passed }) => passed < LEAST_PASSED * runs)) {
  console.error(`less than ${100 * LEAST_PASSED} % of the cases pass the parser`)
  process.exitCode = 1
}
