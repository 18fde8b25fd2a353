// Pipeline: claim. Names of claims: the same need gives the same name, so that a crash between decide and create, a stale
// cache or two leaders cannot create twice (the second create is refused: AlreadyExists).
import { hashHex } from '../api/hash.ts'

/**
 * gpu-provisioner takes the name as that of an AKS agent pool, `[a-z][a-z0-9]{0,11}`; the one for Machines takes 11 characters
 * at most: https://github.com/Azure/gpu-provisioner/blob/v0.2.1/pkg/providers/instance/instance.go#L86
 */
const PREFIX = 'kn'
const HASH_CHARACTERS = 9
const SHAPE_CHARACTERS = 16
const CLAIM_NAME = new RegExp(`^${PREFIX}[0-9a-f]{${HASH_CHARACTERS}}$`)

/** Key of a shape: pods of one workload with equal needs. */
export function shapeKey(workloadUid: string, needs: string): string {
  return hashHex(`${workloadUid}\n${needs}`, SHAPE_CHARACTERS)
}

/** Name of the `index`-th claim for a shape of a workload. */
export function claimName(workloadUid: string, shape: string, index: number): string {
  return PREFIX + hashHex(`${workloadUid}\n${shape}\n${index}`, HASH_CHARACTERS)
}

/** Whether claimName could have made it. */
export function isClaimName(name: string): boolean {
  return CLAIM_NAME.test(name)
}

/** The first names for a shape that no known claim has; claims that are being deleted still have theirs. */
export function* freeNames(workloadUid: string, shape: string, used: Set<string>): Generator<string> {
  for (let index = 0; ; index += 1) {
    const name = claimName(workloadUid, shape, index)
    if (used.has(name)) continue
    used.add(name)
    yield name
  }
}
