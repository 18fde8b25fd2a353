// Pipeline: vocabulary. Image references (OCI distribution spec, as the reference library of docker parses them).

/** `registry.example:5000/team/app:1@sha256:…` → `registry.example:5000/team/app`. */
export function imageRepository(reference: string): string {
  const withoutDigest = reference.split('@', 1)[0] ?? ''
  const lastSlash = withoutDigest.lastIndexOf('/')
  const colon = withoutDigest.indexOf(':', lastSlash + 1)
  return colon < 0 ? withoutDigest : withoutDigest.slice(0, colon)
}
