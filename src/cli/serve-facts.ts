// Pipeline: cli. The cluster facts that admission reads from memory, kept up to date behind its back.
import type { ClusterFacts } from '../core/admit/context.ts'
import type { Log } from '../ops/log.ts'

export interface FactsHolder {
  current(): ClusterFacts
  replace(next: ClusterFacts): void
}

/** Holds the facts; says so when they change, because plans made from now on may differ. */
export function createFactsHolder(first: ClusterFacts, log: Log): FactsHolder {
  let facts = first
  log.info(facts, 'the facts about the cluster')
  return {
    current: () => facts,
    replace(next) {
      if (isSame(next, facts)) return
      facts = next
      log.info(facts, 'the facts about the cluster have changed')
    },
  }
}

function isSame(left: ClusterFacts, right: ClusterFacts): boolean {
  return (
    left.cloud === right.cloud &&
    left.provisioning === right.provisioning &&
    left.imageVolumes === right.imageVolumes
  )
}
