// Pipeline: kube. One Event as an object of core/v1: those are what `kubectl describe` and `kubectl get events` read, and
// both print its count.
import { formatTime } from '../core/api/format-time.ts'
import type { JsonObject } from '../core/api/json.ts'
import type { ObjectReference } from '../core/ports.ts'

/** What is to be said, and of which object. */
export interface EventNote {
  readonly object: ObjectReference
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly message: string
  /** What was done, or failed to be done: `Binding`. */
  readonly action?: string
}

/** Who reports. */
export interface EventSource {
  /** `kaito-native`. */
  readonly component: string
  /** The process: its pod or host. */
  readonly instance: string
}

/** How often it happened, and when; epoch milliseconds. */
export interface Occurrences {
  readonly count: number
  readonly firstMs: number
  readonly lastMs: number
}

/** More the API server does not take (ValidateEventUpdate's NoteLengthLimit, and that of reportingInstance). */
const MESSAGE_BYTES = 1024
const INSTANCE_CHARACTERS = 128
/** DNS-1123 subdomain. */
const NAME_CHARACTERS = 253

/** The namespace of Events about this object; cluster-scoped ones have theirs in `default`. */
export function eventNamespace({ namespace }: ObjectReference): string {
  return namespace === '' ? 'default' : namespace
}

/** As client-go names them: after the object, with a suffix that tells the Events about it apart. */
export function eventName({ name }: ObjectReference, suffix: string): string {
  return `${name.slice(0, NAME_CHARACTERS - suffix.length - 1)}.${suffix}`
}

/** The object that is created. */
export function desiredEvent(
  name: string,
  { object, type, reason, message, action }: EventNote,
  { component, instance }: EventSource,
  occurrences: Occurrences,
): JsonObject {
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name, namespace: eventNamespace(object) },
    involvedObject: { ...object },
    type,
    reason,
    message: cutText(message, MESSAGE_BYTES),
    ...(action !== undefined && { action }),
    source: { component },
    reportingComponent: component,
    reportingInstance: instance.slice(0, INSTANCE_CHARACTERS),
    firstTimestamp: formatTime(occurrences.firstMs),
    ...repetition(occurrences),
  }
}

/** The fields that a repetition changes. */
export function repetition({ count, lastMs }: Occurrences): JsonObject {
  return { count, lastTimestamp: formatTime(lastMs) }
}

/** Whole characters, with an ellipsis where something was cut off. */
export function cutText(text: string, maxBytes: number): string {
  if (Buffer.byteLength(text) <= maxBytes) return text
  const ellipsis = '…'
  const room = new Uint8Array(maxBytes - Buffer.byteLength(ellipsis))
  const { read } = new TextEncoder().encodeInto(text, room)
  return text.slice(0, read) + ellipsis
}
