// Pipeline: admit. What admission knows besides the request, all of it in memory: same request and same context give
// the same bytes.
import type { Cloud } from '../api/names.ts'
import type { Provisioning } from '../api/plan.ts'
import type { PodScripts } from '../api/pod-scripts.ts'
import type { ParseYaml } from '../api/yaml.ts'
import type { PolicyFacts } from '../policy/policy-facts.ts'
import type { Catalogue } from '../preset/catalogue.ts'
import type { GpuNodeShape } from '../sizing/gpu-nodes.ts'

/** Facts about the cluster, recorded by watches and discovery; offline the defaults of design §10. */
export interface ClusterFacts {
  /** The best provisioner that the API server serves. */
  readonly provisioning: Provisioning
  readonly cloud: Cloud
  /** Pods may mount images as volumes (KEP-4639). */
  readonly imageVolumes: boolean
  /** Shapes of the cluster's GPU nodes, by name: what `auto` chooses from with provisioning `none`. Absent: not known. */
  readonly gpuNodes?: readonly GpuNodeShape[]
}

export interface AdmissionContext {
  readonly catalogue: Catalogue
  readonly facts: ClusterFacts
  readonly parseYaml: ParseYaml
  readonly scripts: PodScripts
  /** What platform teams allow. Always the same object: what it answers changes, and the plan memo asks it. */
  readonly policy: PolicyFacts
}

/** What `render`, `fit` and the tests assume where no cluster can be asked: of image volumes, what works everywhere. */
export const OFFLINE_FACTS: ClusterFacts = { provisioning: 'nodeclaim', cloud: 'azure', imageVolumes: false }
