// The CRD of PresetPolicy on a control plane of the test.
import { presetPolicyCrd } from '../../tools/preset-policy-crd.ts'
import type { ControlPlane } from '../cluster/control-plane.ts'
import { poll } from '../cluster/poll.ts'

export const POLICIES = '/apis/policy.kaito.sh/v1alpha1/presetpolicies'
const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'

/** Resolves when policies are served. */
export async function applyPolicyCrd(plane: Pick<ControlPlane, 'request'>): Promise<void> {
  const { status, body } = await plane.request('POST', CRDS, presetPolicyCrd())
  if (status !== 201) throw new Error(`the CRD was refused: ${JSON.stringify(body)}`)
  await poll('policies are served', 10_000, async () =>
    (await plane.request('GET', POLICIES)).status === 200 ? true : undefined,
  )
}
