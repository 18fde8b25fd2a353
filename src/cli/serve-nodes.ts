// Pipeline: cli. The GPU nodes of the cluster, as admission reads them from memory: by a watch, of which only the labels are
// kept that tell what a node is.
import { objectAt, stringAt, type JsonObject } from '../core/api/json.ts'
import type { Catalogue } from '../core/preset/catalogue.ts'
import { gpuNodeShapes, type GpuNodeShape } from '../core/sizing/gpu-nodes.ts'
import type { WatchHandler } from '../core/ports.ts'
import { NODES } from '../core/resource-paths.ts'
import { watchResource } from '../kube/watch.ts'
import { quietWatchObserver } from './quiet-watch-observer.ts'
import type { Shell } from './serve-parts.ts'

/** What the GPU nodes are. */
export interface NodeShapes {
  /** The same list as long as nothing has changed. */
  current(catalogue: Catalogue): readonly GpuNodeShape[]
  /** Resolves when all nodes are known. */
  readonly synced: Promise<void>
}

const TELLING = /^(node\.kubernetes\.io\/instance-type$|nvidia\.com\/)/

/** Watches until the shell stops. */
export function watchNodeShapes(shell: Shell): NodeShapes {
  const nodes = createNodeLabels()
  const { synced } = watchResource(shell.client, { path: NODES }, nodes.handler, {
    signal: shell.stop,
    observer: quietWatchObserver(shell.log),
  })
  let made: {
    readonly version: number
    readonly catalogue: Catalogue
    readonly shapes: readonly GpuNodeShape[]
  }
  return {
    synced,
    current(catalogue) {
      if (made?.version === nodes.version() && made.catalogue === catalogue) return made.shapes
      const shapes = gpuNodeShapes(nodes.all(), catalogue)
      const isSame = made !== undefined && JSON.stringify(made.shapes) === JSON.stringify(shapes)
      made = { version: nodes.version(), catalogue, shapes: isSame ? made.shapes : shapes }
      return made.shapes
    },
  }
}

/** Nodes by uid, each as little more than its telling labels; the version rises when any of these change. */
function createNodeLabels(): {
  readonly handler: WatchHandler
  readonly version: () => number
  readonly all: () => readonly JsonObject[]
} {
  const nodes = new Map<string, JsonObject>()
  let version = 0
  let listed: Set<string> | undefined
  const forget = (uid: string): void => {
    if (nodes.delete(uid)) version++
  }
  return {
    handler: {
      onObject(object) {
        const uid = stringAt(objectAt(object, 'metadata'), 'uid') ?? ''
        const node = tellingPart(object)
        listed?.add(uid)
        if (JSON.stringify(nodes.get(uid)) === JSON.stringify(node)) return
        nodes.set(uid, node)
        version++
      },
      onDeleted: object => forget(stringAt(objectAt(object, 'metadata'), 'uid') ?? ''),
      onListStart: () => (listed = new Set()),
      onListEnd() {
        for (const uid of nodes.keys()) if (listed?.has(uid) === false) forget(uid)
        listed = undefined
      },
    },
    version: () => version,
    all: () => [...nodes.values()],
  }
}

function tellingPart(object: JsonObject): JsonObject {
  const labels = Object.entries(objectAt(objectAt(object, 'metadata'), 'labels'))
  return { metadata: { labels: Object.fromEntries(labels.filter(([key]) => TELLING.test(key))) } }
}
