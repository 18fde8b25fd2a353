// Pipeline: admit. What admission knows besides the request, all of it in memory: same request and same context give
// the same bytes.
import type { Cloud } from '../api/names.ts'
import type { Provisioning } from '../api/plan.ts'
import type { Catalogue } from '../preset/catalogue.ts'

/** Facts about the cluster, recorded by watches and discovery; offline the defaults of design §10. */
export interface ClusterFacts {
  /** The best provisioner that the API server serves. */
  readonly provisioning: Provisioning
  readonly cloud: Cloud
}

export interface AdmissionContext {
  readonly catalogue: Catalogue
  readonly facts: ClusterFacts
}

/** What `render`, `fit` and the tests assume where no cluster can be asked. */
export const OFFLINE_FACTS: ClusterFacts = { provisioning: 'nodeclaim', cloud: 'azure' }
