// Pipeline: admit. The hash of all that a decision was made from. While it stays the same nothing is planned anew, so
// what goes in here is a format: a change of it would roll out every fleet (test/core/admit/intent-hash.test.ts pins it).
import { hashHex } from '../api/hash.ts'
import { canonicalJson, listAt } from '../api/json.ts'
import type { Provisioning } from '../api/plan.ts'
import type { Intent } from '../intent/intent.ts'
import { followedSecurity } from '../template/followed-security.ts'
import { podPullSecrets, readsImages } from '../template/image-files.ts'
import type { TemplateReading } from '../template/step.ts'
import { userTerms } from '../template/steps/affinity.ts'

const INTENT_HASH_CHARACTERS = 16

/**
 * The annotations that shape the template, and the template fields that the decision read, after API defaulting: as the
 * user wrote them, never as the catalogue judges them, so that another catalogue alone does not change the hash.
 * Without a gate (provisioning none) our tolerations and node affinity are merged with the user's, so these count too; where
 * images are read, so do the pod's own pull secrets, with which a container of ours may have to pull them; where a trainer
 * runs, the volumes that it is given; and the security context that containers of ours follow.
 */
export function hashIntent(intent: Intent, reading: TemplateReading, provisioning: Provisioning): string {
  const merged =
    provisioning === 'none'
      ? { tolerations: listAt(reading.pod, 'tolerations'), terms: userTerms(reading.pod) }
      : {}
  const security = followedSecurity(reading.container)
  const text = canonicalJson({
    annotations: intent.source,
    container: reading.containerName,
    repository: reading.repository ?? null,
    httpPortTaken: reading.httpPortTaken,
    gpus: reading.gpus ?? null,
    defaultStrategy: reading.defaultStrategy,
    ...(reading.shortGrace ? { shortGrace: true } : {}),
    ...(reading.restartsInPlace ? { restartsInPlace: true } : {}),
    ...(reading.limitPerIndex ? { limitPerIndex: true } : {}),
    ...(readsImages(intent) ? { pullSecrets: podPullSecrets(reading.pod) } : {}),
    ...(intent.tuning === undefined ? {} : { data: reading.ownData, results: reading.ownResults }),
    ...(security === undefined ? {} : { security }),
    ...merged,
  })
  return hashHex(text, INTENT_HASH_CHARACTERS)
}
