// What Karpenter needs in the API before it starts: its CRDs, as its own binary prints them, and one KWOKNodeClass.
import { once } from 'node:events'
import { readAll, spawnBound, type Program } from './bound-process.ts'
import type { ControlPlane } from './control-plane.ts'
import { poll } from './poll.ts'

const establishedTimeoutMs = 30_000
const crdPath = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'

interface Crd {
  readonly metadata: { readonly name: string }
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] }
}

/** Name of the KWOKNodeClass that NodeClaims refer to. */
export const nodeClassName = 'default'

/** Creates the CRDs, waits until they are served, and creates the KWOKNodeClass. What is there already stays. */
export const installKarpenterObjects = async (
  plane: ControlPlane,
  karpenter: Program,
  nodeRegistrationDelay: string,
): Promise<void> => {
  const crds = await printedCrds(karpenter)
  await Promise.all(crds.map(crd => create(plane, crdPath, crd)))
  await Promise.all(crds.map(({ metadata }) => untilEstablished(plane, metadata.name)))
  await create(plane, '/apis/karpenter.kwok.sh/v1alpha1/kwoknodeclasses', {
    apiVersion: 'karpenter.kwok.sh/v1alpha1',
    kind: 'KWOKNodeClass',
    metadata: { name: nodeClassName },
    spec: { nodeRegistrationDelay },
  })
}

const printedCrds = async (karpenter: Program): Promise<readonly Crd[]> => {
  const child = spawnBound(karpenter, ['crds'], { env: process.env, stdio: ['ignore', 'pipe', 'pipe'] })
  const [stdout, stderr, [code]] = await Promise.all([
    readAll(child.stdout),
    readAll(child.stderr),
    once(child, 'exit'),
  ])
  if (code !== 0) throw new Error(`karpenter crds: ${stderr}`)
  const { items }: { readonly items: readonly Crd[] } = JSON.parse(stdout)
  return items
}

const create = async (plane: ControlPlane, path: string, body: object): Promise<void> => {
  const answer = await plane.request('POST', path, body)
  if (answer.status !== 201 && answer.status !== 409)
    throw new Error(`POST ${path}: ${JSON.stringify(answer.body)}`)
}

const untilEstablished = async (plane: ControlPlane, name: string): Promise<void> => {
  await poll(`${name} established`, establishedTimeoutMs, async () => {
    const { body } = await plane.request<Crd>('GET', `${crdPath}/${name}`)
    const found = body.status?.conditions?.find(({ type }) => type === 'Established')
    return found?.status === 'True' ? true : undefined
  })
}
