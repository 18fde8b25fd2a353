// Pipeline: vocabulary. Image references (OCI distribution spec, as the reference library of docker parses them).

/**
 * Registry with port, path in lower case, tag, digest (https://github.com/distribution/reference): nothing that a shell, YAML
 * or an option of a command line reads otherwise.
 */
const REFERENCE =
  /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?(?::[0-9]{1,5})?\/)?[a-z0-9]+(?:(?:[._/]|__|-+)[a-z0-9]+)*(?::\w[\w.-]{0,127})?(?:@sha256:[a-f0-9]{64})?$/
const REFERENCE_MAX = 512

/** True for what a container runtime would take as the reference of an image. */
export function isImageReference(text: string): boolean {
  return text.length <= REFERENCE_MAX && REFERENCE.test(text)
}

/** True for a reference that says all by itself: `host/path:tag`, without a digest. */
export function isFullImageReference(text: string): boolean {
  const [host = '', ...path] = text.split('/')
  const isHost = /[.:]/.test(host) || host === 'localhost'
  return isImageReference(text) && isHost && /^[^:@]+:[^:@]+$/.test(path.join('/'))
}

/** What the API server would write: a moving tag is looked at each time, anything else once for each node. */
export function pullPolicyOf(reference: string): 'Always' | 'IfNotPresent' {
  const tag = reference.slice(imageRepository(reference).length)
  return tag === '' || tag === ':latest' ? 'Always' : 'IfNotPresent'
}

/** For tools that take a tag or a digest, not both (skopeo): the digest says all. */
export function withoutNeedlessTag(reference: string): string {
  const [, digest] = reference.split('@', 2)
  return digest === undefined ? reference : `${imageRepository(reference)}@${digest}`
}

/** `registry.example:5000/team/app:1@sha256:…` → `registry.example:5000/team/app`. */
export function imageRepository(reference: string): string {
  const withoutDigest = reference.split('@', 1)[0] ?? ''
  const lastSlash = withoutDigest.lastIndexOf('/')
  const colon = withoutDigest.indexOf(':', lastSlash + 1)
  return colon < 0 ? withoutDigest : withoutDigest.slice(0, colon)
}

/** Where the images that we inject come from; mirrors keep the path below it (Harbor, Artifactory and Kyverno policies alike). */
const REGISTRIES = ['mcr.microsoft.com', 'ghcr.io', 'docker.io']

/** True for the same path and tag below another registry: `registry.local/mcr/aks/kaito/kaito-base:0.5.0`. */
export function isMirrorOf(reference: string, original: string): boolean {
  const slash = original.indexOf('/')
  return slash > 0 && reference !== original && reference.endsWith(original.slice(slash))
}

/** The references in those registries, and in `more`, of which this one may be a mirror, the longest path first. */
export function mirroredReferences(reference: string, more: readonly string[] = []): readonly string[] {
  const steps = reference.split('/').slice(1)
  const registries = [...REGISTRIES, ...more]
  return steps.flatMap((_, index) => registries.map(registry => [registry, ...steps.slice(index)].join('/')))
}
