// Pipeline: policy, rule. `registries`: every image that is injected or read, as it is pulled (mirrors applied), with its
// registry written out: `busybox:1` is `docker.io/library/busybox:1`. A glob may leave out the tag, and the port that is meant anyway.
import { imageRepository } from '../../api/image.ts'
import { fullReference } from '../../api/mirrors.ts'
import { globRefusal, mayRefuse } from '../glob.ts'
import type { Rule } from '../rule.ts'

export const REGISTRIES: Rule = ({ images }, { registries }) => {
  if (!mayRefuse(registries)) return []
  return images().flatMap(({ field, name }) => {
    const full = fullReference(name)
    const names = [full, withoutUsualPort(full)]
    const refusal = globRefusal(registries, [...names, ...names.map(imageRepository)])
    if (refusal === undefined) return []
    return [{ field, value: name, detail: refusal, code: 'ImageNotAllowed', rule: 'registries' }]
  })
}

/** `registry.example:443/app` is what `registry.example/app` is. */
function withoutUsualPort(reference: string): string {
  return reference.replace(/^([^/:]+):443\//, '$1/')
}
