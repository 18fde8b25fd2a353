// The real API server, controllers, kube-scheduler and Karpenter do what the simulator takes for granted.
import { test } from 'node:test'
import { describeWithControlPlane, describeWithKarpenter } from '../../cluster/available.ts'
import { API_SEMANTICS } from './api.ts'
import { CONTROLLER_SEMANTICS } from './controllers.ts'
import { disruptionSemantics } from './disruptions.ts'
import { nodeSemantics } from './nodes.ts'
import { realCluster } from './real-cluster.ts'
import type { Semantic, SubjectCluster } from './semantic.ts'
import { WATCH_SEMANTICS } from './watches.ts'

/** Pods need the namespace's service account, which comes a moment after the controllers have started. */
async function untilUsable(cluster: SubjectCluster): Promise<void> {
  await cluster.until('the service account', async () => {
    const path = '/api/v1/namespaces/default/serviceaccounts/default'
    return (await cluster.request('GET', path)).status === 200 ? true : undefined
  })
}

function defineSemantics(semantics: readonly Semantic[], open: () => SubjectCluster & AsyncDisposable): void {
  for (const { name, check } of semantics)
    test(name, async () => {
      await using cluster = open()
      await untilUsable(cluster)
      await check(cluster)
    })
}

await describeWithControlPlane('semantics of the API server and its controllers', {}, plane =>
  defineSemantics([...API_SEMANTICS, ...WATCH_SEMANTICS, ...CONTROLLER_SEMANTICS], () =>
    realCluster(plane()),
  ),
)

const TYPES = { plenty: 'Standard_NC24ads_A100_v4', scarce: 'Standard_NC40ads_H100_v5' }

await describeWithKarpenter('semantics of Karpenter and kube-scheduler', {}, (plane, nodes) =>
  defineSemantics([...nodeSemantics(TYPES), ...disruptionSemantics(TYPES)], () =>
    realCluster(plane(), nodes()),
  ),
)
