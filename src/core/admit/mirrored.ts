// Pipeline: admit. Another webhook may rewrite the injected image to a mirror of the registry. It is still the image that
// was injected, not the user's own server: the command stays, and the mirror's choice too (we do not fight over it).
import { hashEntry } from '../api/hash.ts'
import { mirroredReferences } from '../api/image.ts'
import type { JsonObject } from '../api/json.ts'
import type { Plan } from '../api/plan.ts'
import { copyInventory, hashOf, isOurs, leavesOf, setLeaf, type Leaf } from '../patch/inventory.ts'
import { valueAt } from '../patch/locate.ts'

/** The plan with the images as the object has them now, where these are mirrors of what was injected. */
export function withMirroredImages(object: JsonObject, plan: Plan): Plan {
  const rewritten = [...leavesOf(plan.added)].flatMap(([path, leaf]) => {
    const image = path.at(-1) === 'image' ? valueAt(object, path) : undefined
    return typeof image === 'string' && isMirrored(image, leaf) ? [{ path, image }] : []
  })
  if (rewritten.length === 0) return plan
  const added = copyInventory(plan.added)
  for (const { path, image } of rewritten) setLeaf(added, path, hashEntry(image))
  return { ...plan, added }
}

function isMirrored(image: string, leaf: Leaf): boolean {
  if (leaf === 0 || isOurs(leaf, image)) return false
  return mirroredReferences(image).some(original => hashEntry(original) === hashOf(leaf))
}
