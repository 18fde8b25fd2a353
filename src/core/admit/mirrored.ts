// Pipeline: admit. Another webhook may rewrite the injected image to a mirror of the registry. It is still the image that
// was injected, not the user's own server: the command stays, and the mirror's choice too (we do not fight over it). What was
// injected may come from a mirror of a policy already.
import { hashEntry } from '../api/hash.ts'
import { mirroredReferences } from '../api/image.ts'
import { isObject, stringAt, type Json, type JsonObject } from '../api/json.ts'
import type { Plan } from '../api/plan.ts'
import { copyInventory, hashOf, isOurs, leavesOf, setLeaf, type Leaf } from '../patch/inventory.ts'
import { valueAt } from '../patch/locate.ts'

/** The plan with the images as the object has them now, where these are mirrors of what was injected. */
export function withMirroredImages(object: JsonObject, plan: Plan): Plan {
  const policies = (plan.mirrors ?? []).map(({ to }) => to)
  const rewritten = [...leavesOf(plan.added)].flatMap(([path, leaf]) => {
    const value = mayHoldImage(path) ? valueAt(object, path) : undefined
    return value !== undefined && isMirrored(value, leaf, policies) ? [{ path, value }] : []
  })
  if (rewritten.length === 0) return plan
  const added = copyInventory(plan.added)
  for (const { path, value } of rewritten) setLeaf(added, path, hashEntry(value))
  return { ...plan, added }
}

/** The image of a container, or a whole container of ours. */
function mayHoldImage(path: readonly string[]): boolean {
  return path.at(-1) === 'image' || ['containers', 'initContainers'].includes(path.at(-2) ?? '')
}

function isMirrored(value: Json, leaf: Leaf, registries: readonly string[]): boolean {
  if (leaf === 0 || isOurs(leaf, value)) return false
  return originalsOf(value, registries).some(original => hashEntry(original) === hashOf(leaf))
}

/** What the value may have been before its image was rewritten. */
function originalsOf(value: Json, registries: readonly string[]): readonly Json[] {
  if (typeof value === 'string') return mirroredReferences(value, registries)
  const image = isObject(value) ? stringAt(value, 'image') : undefined
  if (image === undefined || !isObject(value)) return []
  const originals = mirroredReferences(image, registries)
  return originals.map(original => Object.assign({}, value, { image: original }))
}
