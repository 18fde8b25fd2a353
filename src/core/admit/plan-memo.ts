// Pipeline: admit. Plans of workloads that are new to us, remembered: of a fleet's hundreds most differ in nothing but
// names, labels and annotations that are not ours. A memo changes how long a decision takes, never what is decided:
//
// | of the request                                       | in the key                                     |
// |------------------------------------------------------|------------------------------------------------|
// | kind                                                 | yes                                            |
// | the catalogue, cluster facts                         | all is forgotten when they change              |
// | annotations of ours, here and on the template        | yes                                            |
// | the rest of metadata, and of the template's metadata | no: only the warnings that are made anew see it |
// | spec.selector                                        | no: nothing reads it                           |
// | the rest of spec                                     | yes, whatever it says                          |
// | the policies of its namespace                        | yes, not the namespace                         |
// | the name                                             | no: written into the remembered plan           |
import { PREFIX } from '../api/annotations.ts'
import { hashHex } from '../api/hash.ts'
import { isObject, type Json, type JsonObject } from '../api/json.ts'
import type { AdmissionContext } from './context.ts'
import { namespaceOf } from './endpoint.ts'
import type { Planning } from './plan-anew.ts'
import { RecentMap } from './recent-map.ts'
import { recall, toRemembered, type Remembered } from './remembered-plan.ts'
import type { Subject } from './subject.ts'

/** Answers with what `decide` would answer; asks it where it does not know. */
export type PlanMemo = (subject: Subject, context: AdmissionContext, decide: () => Planning) => Planning

/** Remembers nothing. */
export const FORGETFUL: PlanMemo = (_subject, _context, decide) => decide()

/** Kinds of workloads, not workloads: 20 KB each; a cluster that has more of them at once plans some of them twice. */
const KEPT_PLANS = 256
/** A longer key is kept as its digest, so that what is remembered stays small whatever comes. */
const KEY_MAX_CHARACTERS = 8192
/** Of its SHA-256, in hexadecimal: 128 bits. */
const DIGEST_CHARACTERS = 32

/** A memo of its own for one server; forgets what was not used for long, and everything when the context changes. */
export function createPlanMemo(): PlanMemo {
  let plans = new RecentMap<Remembered | 'seen'>(KEPT_PLANS)
  let contextOfPlans: AdmissionContext | undefined
  return (subject, context, decide) => {
    const text = keyText(subject, context)
    if (text === undefined) return decide()
    if (contextOfPlans === undefined || !isSame(contextOfPlans, context)) plans = new RecentMap(KEPT_PLANS)
    contextOfPlans = context
    const key = text.length > KEY_MAX_CHARACTERS ? hashHex(text, DIGEST_CHARACTERS) : text
    const known = plans.get(key)
    if (known !== undefined && known !== 'seen') return recall(known, subject)
    const planning = decide()
    // Only at the second sight: what comes but once would cost the time and the memory for nothing.
    plans.set(key, known === undefined ? 'seen' : (toRemembered(subject, planning) ?? 'seen'))
    return planning
  }
}

/** The very same objects: holders replace them when they change. */
function isSame(before: AdmissionContext, now: AdmissionContext): boolean {
  return (Object.keys(now) as (keyof AdmissionContext)[]).every(name => before[name] === now[name])
}

/** All that a first plan depends on but the name; undefined where it is not the first, or the object has no usual form. */
function keyText(
  { kind, operation, object, annotations }: Subject,
  { policy }: AdmissionContext,
): string | undefined {
  const spec = object['spec']
  // Neither a CronJob, whose template stands elsewhere, nor a Job, whose label may be that of its CronJob.
  if (operation !== 'CREATE' || kind.runsToCompletion || !isObject(spec)) return undefined
  const { selector: _, template, ...others } = spec
  if (!isObject(template)) return undefined
  const { metadata, ...pods } = template
  const policies = policy.policiesOf(namespaceOf(object))?.key ?? ''
  return JSON.stringify([kind.kind, ours(annotations), others, pods, metadataKey(metadata), policies])
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
