// Pipeline: admit. Plans of workloads that are new to us, remembered: of a fleet's hundreds most differ in nothing but
// names, labels and annotations that are not ours. A memo changes how long a decision takes, never what is decided:
//
// | of the request                                         | in the key                                 |
// |--------------------------------------------------------|--------------------------------------------|
// | kind                                                   | yes; not Job and CronJob                   |
// | operation, the stored object                           | no: remembered is CREATE, with none        |
// | the catalogue, cluster facts                           | all is forgotten when they change          |
// | annotations of ours, here and on the template          | yes, and so what is said of them           |
// | labels of ours on the template                         | yes                                        |
// | the rest of metadata, and of the template's metadata   | no: only warnings made anew see it         |
// | spec.selector                                          | no: nothing reads it                       |
// | the rest of spec                                       | yes, whatever it says                      |
// | the policies of its namespace                          | yes, not the namespace                     |
// | the name                                               | no: written into the remembered plan       |
import { PREFIX, PRESET } from '../api/annotations.ts'
import type { AdmissionInput, Decision } from '../api/decision.ts'
import { hashHex } from '../api/hash.ts'
import { isObject, type Json, type JsonObject } from '../api/json.ts'
import { annotationsOf, type WorkloadKind } from '../workload/workload.ts'
import type { AdmissionContext } from './context.ts'
import { namespaceOf } from './endpoint.ts'
import { RecentMap } from './recent-map.ts'
import { recall, toRemembered, type FirstPlan, type Remembered } from './remembered-plan.ts'

/** A decision; `first` where it is the first plan of its workload, and says nothing but what every such workload is told. */
export interface Decided {
  readonly decision: Decision
  readonly first?: FirstPlan
}

/** Answers with what `decide` would answer; asks it where it does not know. */
export type PlanMemo = (
  kind: WorkloadKind,
  input: AdmissionInput,
  context: AdmissionContext,
  decide: () => Decided,
) => Decision

/** Remembers nothing. */
export const FORGETFUL: PlanMemo = (_kind, _input, _context, decide) => decide().decision

/** Kinds of workloads, not workloads: some 15 KB each, patch and key; a cluster that has more of them at once plans some of them twice. */
const KEPT_PLANS = 256
/** A longer key is kept as its digest. */
const KEY_MAX_CHARACTERS = 8192
/** Of a longer one nothing is kept, so that what is remembered stays small whatever comes: warnings quote annotations. */
const TEXT_MAX_CHARACTERS = 64 * 1024
/** Of its SHA-256, in hexadecimal: 128 bits. */
const DIGEST_CHARACTERS = 32

/** Kinds that were met once, as digests. */
const KEPT_SIGHTS = 1024

/** A memo of its own for one server; forgets what was not used for long, and everything when the context changes. */
export function createPlanMemo(): PlanMemo {
  let plans = new RecentMap<Remembered>(KEPT_PLANS)
  let seen = new RecentMap<true>(KEPT_SIGHTS)
  let contextOfPlans: AdmissionContext | undefined
  return (kind, input, context, decide) => {
    const parts = keyParts(kind, input, context)
    if (parts === undefined) return decide().decision
    if (contextOfPlans === undefined || !isSame(contextOfPlans, context)) {
      plans = new RecentMap(KEPT_PLANS)
      seen = new RecentMap(KEPT_SIGHTS)
    }
    contextOfPlans = context
    const text = JSON.stringify(parts)
    if (text.length > TEXT_MAX_CHARACTERS) return decide().decision
    const key = text.length > KEY_MAX_CHARACTERS ? hashHex(text, DIGEST_CHARACTERS) : text
    const known = plans.get(key)
    if (known !== undefined) return recall(known, kind, input.object)
    const { decision, first } = decide()
    if (first === undefined) return decision
    // Only at the second sight: what comes but once would cost the time and the memory for nothing.
    const sight = hashHex(text, DIGEST_CHARACTERS)
    if (seen.get(sight) === undefined) seen.set(sight, true)
    else remember(key, toRemembered(kind, input.object, first))
    return decision
  }

  function remember(key: string, plan: Remembered | undefined): void {
    if (plan !== undefined) plans.set(key, plan)
  }
}

/** The very same objects: holders replace them when they change. */
function isSame(before: AdmissionContext, now: AdmissionContext): boolean {
  return (Object.keys(now) as (keyof AdmissionContext)[]).every(name => before[name] === now[name])
}

/** All that a first plan depends on but the name; undefined where it is not the first, or the object has no usual form. */
function keyParts(
  kind: WorkloadKind,
  { operation, object, oldObject }: AdmissionInput,
  { policy }: AdmissionContext,
): Json | undefined {
  // Neither a CronJob, whose template stands elsewhere, nor a Job, whose label may be that of its CronJob.
  if (operation !== 'CREATE' || oldObject !== undefined || kind.runsToCompletion) return undefined
  const annotations = annotationsOf(kind, object)
  const spec = object['spec']
  const policies = policy.policiesOf(namespaceOf(object))
  if (!Object.hasOwn(annotations, PRESET) || !isObject(spec) || policies === undefined) return undefined
  const { selector: _, template, ...others } = spec
  if (!isObject(template)) return undefined
  const { metadata, ...pods } = template
  return [ours(annotations), kind.kind, others, pods, metadataKey(metadata), policies.key]
}

/** Whether there are maps to write into, and what they hold under our keys. */
function metadataKey(metadata: Json | undefined): Json {
  if (!isObject(metadata)) return wrapped(metadata)
  return { labels: mapKey(metadata['labels']), annotations: mapKey(metadata['annotations']) }
}

function mapKey(map: Json | undefined): Json {
  return isObject(map) ? ours(map) : wrapped(map)
}

/** Absent, null and something of the wrong type are three different things. */
function wrapped(value: Json | undefined): Json {
  return value === undefined ? [] : [value]
}

function ours(map: JsonObject): JsonObject {
  const own: Record<string, Json | undefined> = {}
  for (const key of Object.keys(map)) if (key.startsWith(PREFIX)) own[key] = map[key]
  return own
}
