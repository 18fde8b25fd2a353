// Pipeline: vocabulary. Where images come from instead: `mcr.microsoft.com` → `registry.local/mcr` keeps the path below it. The
// same list holds the mirror of Hugging Face, which the download is told by HF_ENDPOINT.

export interface Mirror {
  /** A registry, with or without the beginning of a path; or `huggingface.co`. */
  readonly from: string
  /** The same elsewhere; for huggingface.co an http(s) URL. */
  readonly to: string
}

export const HUGGING_FACE = 'huggingface.co'
/** What a reference without a registry means: https://github.com/distribution/reference */
const DEFAULT_REGISTRY = 'docker.io'
const DEFAULT_PATH = 'library'
/** The same registry by its old name, and by that of its machines. */
const DEFAULT_REGISTRY_HOSTS: ReadonlySet<string> = new Set(['index.docker.io', 'registry-1.docker.io'])

/** The reference where the image is pulled from: the longest `from` that begins it decides, whole steps of the path only. */
export function mirroredImage(image: string, mirrors: readonly Mirror[]): string {
  const full = fullReference(image)
  const found = mirrors
    .filter(({ from }) => from !== HUGGING_FACE && beginsPath(full, from))
    .toSorted((left, right) => right.from.length - left.from.length)[0]
  return found === undefined ? image : found.to + full.slice(found.from.length)
}

/** The URL that downloads go to instead of huggingface.co. */
export function huggingFaceEndpoint(mirrors: readonly Mirror[]): string | undefined {
  return mirrors.find(({ from }) => from === HUGGING_FACE)?.to
}

/** With registry and path as they are meant: `busybox:1` → `docker.io/library/busybox:1`; the host in lower case. */
export function fullReference(image: string): string {
  const slash = image.indexOf('/')
  const first = slash < 0 ? '' : image.slice(0, slash)
  const isHost = /[.:]/.test(first) || first.toLowerCase() === 'localhost' || /[A-Z]/.test(first)
  const host = isHost ? first.toLowerCase() : DEFAULT_REGISTRY
  const path = isHost ? image.slice(slash + 1) : image
  if (host !== DEFAULT_REGISTRY && !DEFAULT_REGISTRY_HOSTS.has(host)) return `${host}/${path}`
  return `${DEFAULT_REGISTRY}/${path.includes('/') ? '' : `${DEFAULT_PATH}/`}${path}`
}

function beginsPath(full: string, from: string): boolean {
  return full.startsWith(from) && ['/', ':', '@', undefined].includes(full[from.length])
}
