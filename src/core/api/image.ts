// Pipeline: vocabulary. Image references (OCI distribution spec, as the reference library of docker parses them).

/** `registry.example:5000/team/app:1@sha256:…` → `registry.example:5000/team/app`. */
export function imageRepository(reference: string): string {
  const withoutDigest = reference.split('@', 1)[0] ?? ''
  const lastSlash = withoutDigest.lastIndexOf('/')
  const colon = withoutDigest.indexOf(':', lastSlash + 1)
  return colon < 0 ? withoutDigest : withoutDigest.slice(0, colon)
}

/** Where KAITO's images come from; mirrors keep the path below it (Harbor, Artifactory and Kyverno policies alike). */
const KAITO_REGISTRY = 'mcr.microsoft.com'

/** True for the same path and tag below another registry: `registry.local/mcr/aks/kaito/kaito-base:0.5.0`. */
export function isMirrorOf(reference: string, original: string): boolean {
  const slash = original.indexOf('/')
  return slash > 0 && reference !== original && reference.endsWith(original.slice(slash))
}

/** The references in KAITO's registry of which this one may be a mirror, the longest path first. */
export function mirroredReferences(reference: string): readonly string[] {
  const steps = reference.split('/').slice(1)
  return steps.map((_, index) => [KAITO_REGISTRY, ...steps.slice(index)].join('/'))
}
