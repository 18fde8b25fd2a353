// Pipeline: vocabulary. Names of workloads as DNS labels: a workload may be called `phi-3.5-mini`, a Service may not.
// https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#rfc-1035-label-names
import { hashHex } from './hash.ts'

const LABEL_MAX = 63
const HASH_CHARACTERS = 8

/** The name as an RFC 1035 label: a valid one stays as it is, dots become dashes, a longer one is cut and ends in a hash. */
export function toDnsLabel(name: string): string {
  const plain = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]/g, '-')
    .replaceAll(/^-+|-+$/g, '')
  const label = /^[a-z]/.test(plain) ? plain : `svc-${plain}`
  if (label.length <= LABEL_MAX) return label
  const kept = label.slice(0, LABEL_MAX - HASH_CHARACTERS - 1).replace(/-+$/, '')
  return `${kept}-${hashHex(name, HASH_CHARACTERS)}`
}
