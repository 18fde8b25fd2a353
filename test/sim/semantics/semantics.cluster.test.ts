// The real API server, controllers, kube-scheduler and Karpenter do what the simulator takes for granted.
import { test } from 'node:test'
import { describeWithControlPlane, describeWithKarpenter } from '../../cluster/available.ts'
import type { ControlPlane } from '../../cluster/control-plane.ts'
import type { Nodes } from '../../cluster/nodes.ts'
import { poll } from '../../cluster/poll.ts'
import { API_SEMANTICS } from './api.ts'
import { CONTROLLER_SEMANTICS } from './controllers.ts'
import { nodeSemantics } from './nodes.ts'
import type { Answer, Semantic, SubjectCluster } from './semantic.ts'

const PATIENCE_MS = 60_000

function realCluster(plane: ControlPlane, nodes?: Nodes): SubjectCluster {
  return {
    request: async (method, path, body, contentType) =>
      await plane.request<Answer['body']>(method, path, body, contentType),
    until: (what, check) => poll(what, PATIENCE_MS, check),
    setScarce: instanceType => nodes?.scarce.set({ [instanceType]: undefined }),
  }
}

/** Pods need the namespace's service account, which comes a moment after the controllers have started. */
async function untilUsable(cluster: SubjectCluster): Promise<void> {
  await cluster.until('the service account', async () => {
    const path = '/api/v1/namespaces/default/serviceaccounts/default'
    return (await cluster.request('GET', path)).status === 200 ? true : undefined
  })
}

function defineSemantics(semantics: readonly Semantic[], cluster: () => SubjectCluster): void {
  for (const { name, check } of semantics)
    test(name, async () => {
      await untilUsable(cluster())
      await check(cluster())
    })
}

await describeWithControlPlane('semantics of the API server and its controllers', {}, plane =>
  defineSemantics([...API_SEMANTICS, ...CONTROLLER_SEMANTICS], () => realCluster(plane())),
)

const TYPES = { plenty: 'Standard_NC24ads_A100_v4', scarce: 'Standard_NC40ads_H100_v5' }

await describeWithKarpenter('semantics of Karpenter and kube-scheduler', {}, (plane, nodes) =>
  defineSemantics(nodeSemantics(TYPES), () => realCluster(plane(), nodes())),
)
