// What a controller asks the API server for, counted at a proxy before it, by what it is for.
import type { ProxiedRequest } from './api-proxy.ts'

/** Requests of one stretch of time, by a name such as `POST nodeclaims` or `PATCH deployments/status`. */
export type Counts = ReadonlyMap<string, number>

export interface RequestCounter {
  /** For openApiProxy. */
  readonly note: (request: ProxiedRequest) => void
  /** What has come since the last call. */
  readonly take: () => Counts
}

/** Counts from now on. */
export function createRequestCounter(): RequestCounter {
  let counts = new Map<string, number>()
  return {
    note(request) {
      const name = nameOf(request)
      counts.set(name, (counts.get(name) ?? 0) + 1)
    },
    take() {
      const taken = counts
      counts = new Map()
      return taken
    },
  }
}

/** Aside by the budget's own words: they say something, or who leads. */
const ASIDE: ReadonlySet<string> = new Set(['events', 'leases'])
/** What is asked for whatever there is to do: which provisioner is there, and what extends the catalogue. */
const DISCOVERY =
  /^\/apis$|^\/apis\/[^/]+$|^\/api(s\/[^/]+)?\/[^/]+$|nodeclasses$|\/namespaces\/[^/]+\/configmaps$/
const RESOURCE =
  /^\/(?:api|apis\/[^/]+)\/[^/]+(?:\/namespaces\/[^/]+)?\/(?<resource>[^/]+)(?:\/[^/]+(?<subresource>\/[^/]+)?)?$/

function nameOf({ method, path, isWatch }: ProxiedRequest): string {
  if (isWatch) return 'WATCH'
  if (method === 'GET' && DISCOVERY.test(path)) return 'DISCOVER'
  const { resource = path, subresource = '' } = RESOURCE.exec(path)?.groups ?? {}
  return `${method} ${resource}${subresource}`
}

/** POST, PUT, PATCH, DELETE; Events and the Lease aside. */
export function writesOf(counts: Counts): Counts {
  return filtered(
    counts,
    (method, resource) => !/^(GET|WATCH|DISCOVER)$/.test(method) && !ASIDE.has(resource),
  )
}

/** GETs of objects and lists; watches, discovery, Events and the Lease aside. */
export function readsOf(counts: Counts): Counts {
  return filtered(counts, (method, resource) => method === 'GET' && !ASIDE.has(resource))
}

export function totalOf(counts: Counts): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0)
}

/** `100 × PATCH pods, 100 × POST nodeclaims`. */
export function formatCounts(counts: Counts): string {
  const entries = [...counts].toSorted(([left], [right]) => (left < right ? -1 : 1))
  return entries.length === 0 ? 'none' : entries.map(([name, count]) => `${count} × ${name}`).join(', ')
}

function filtered(counts: Counts, keeps: (method: string, resource: string) => boolean): Counts {
  return new Map(
    [...counts].filter(([name]) => {
      const [method = '', resource = ''] = name.split(/[ /]/)
      return keeps(method, resource)
    }),
  )
}
