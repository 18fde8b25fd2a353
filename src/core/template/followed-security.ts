// Pipeline: template. What the user's container gives up (Pod Security `restricted`), our containers beside it give up too: a
// namespace that enforces it would let the pod in for no less. What the pod says as a whole holds for them anyway.
// https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
import { objectAt, type JsonObject } from '../api/json.ts'

/** Not `readOnlyRootFilesystem`, which `restricted` does not ask for: tools of ours write below /tmp. */
const FOLLOWED = ['allowPrivilegeEscalation', 'runAsNonRoot', 'runAsUser', 'runAsGroup', 'seccompProfile']

/** The security context for containers of ours; undefined where the user's says nothing of that. */
export function followedSecurity(container: JsonObject): JsonObject | undefined {
  const own = objectAt(container, 'securityContext')
  const { drop } = objectAt(own, 'capabilities')
  const entries = FOLLOWED.flatMap(key =>
    own[key] === undefined || own[key] === null ? [] : [[key, own[key]] as const],
  )
  const followed: JsonObject = {
    ...Object.fromEntries(entries),
    ...(Array.isArray(drop) && drop.length > 0 ? { capabilities: { drop } } : {}),
  }
  return Object.keys(followed).length === 0 ? undefined : followed
}
