// Simulator: the shortest story. Takes faults, mishaps and workloads out of a scenario, one after the other, as long as the
// same invariant is still broken. Chance has a stream of its own for each purpose, so the rest stays much as it was.
import { NO_FAULTS, type Faults } from './controller/faults.ts'
import type { ControllerCode } from './controller/parts.ts'
import type { Scenario } from './scenario/scenario.ts'
import { simulate, type Outcome } from './simulation.ts'

/** The smallest scenario that was found, and its outcome with a trace. */
export async function shrink(
  scenario: Scenario,
  invariant: string,
  code: ControllerCode,
  onStep: (scenario: Scenario) => void,
): Promise<{ readonly scenario: Scenario; readonly outcome: Outcome }> {
  let smallest = scenario
  for (let before: Scenario | undefined; before !== smallest;) {
    before = smallest
    for (const smaller of smallerOnes(before)) {
      const candidate = smaller(smallest)
      if (candidate === undefined || !(await breaks(candidate, invariant, code))) continue
      smallest = candidate
      onStep(smallest)
    }
  }
  return { scenario: smallest, outcome: await simulate(smallest, code, true) }
}

async function breaks(scenario: Scenario, invariant: string, code: ControllerCode): Promise<boolean> {
  return (await simulate(scenario, code)).violation?.invariant === invariant
}

/** Undefined: there is nothing to take out there (any more). */
type Smaller = (scenario: Scenario) => Scenario | undefined

function smallerOnes({ workloads, mishaps, faults }: Scenario): readonly Smaller[] {
  return [
    ...workloads.map(spec => (scenario: Scenario) => without(scenario, 'workloads', spec)),
    ...mishaps.map(mishap => (scenario: Scenario) => without(scenario, 'mishaps', mishap)),
    ...(Object.keys(faults) as (keyof Faults)[]).map(
      name => (scenario: Scenario) =>
        scenario.faults[name] === 0
          ? undefined
          : { ...scenario, faults: { ...scenario.faults, [name]: NO_FAULTS[name] } },
    ),
    set('fateRate', 0),
    set('processes', 1),
    set('existingNodes', []),
    set('quotaGpus', undefined),
    set('daemonSet', false),
    set('lateGuests', false),
    set('schedulerStalls', false),
    set('endsEmpty', false),
  ]
}

function without<K extends 'workloads' | 'mishaps'>(
  scenario: Scenario,
  key: K,
  item: Scenario[K][number],
): Scenario | undefined {
  const rest = scenario[key].filter(one => one !== item)
  return rest.length === scenario[key].length || (key === 'workloads' && rest.length === 0)
    ? undefined
    : { ...scenario, [key]: rest }
}

function set<K extends keyof Scenario>(key: K, value: Scenario[K]): Smaller {
  return scenario =>
    JSON.stringify(scenario[key]) === JSON.stringify(value) ? undefined : { ...scenario, [key]: value }
}
