// Shell: controller. The default settings of a tuning Job, as a task of the queue.
import { planTuningConfig, type TuningConfigAction } from '../core/companion/tuning-config.ts'
import { CONFIG_MAPS } from '../core/resource-paths.ts'
import type { ObservedConfigMap, ObservedWorkload } from '../core/workload/observed.ts'
import type { ClusterCache } from './cluster-cache.ts'
import { ignoring } from './companion-tasks.ts'
import type { ControllerDependencies } from './controller.ts'
import type { Task } from './work-queue.ts'

type Dependencies = Pick<ControllerDependencies, 'client' | 'failures'>

/** One round of one workload; most need nothing. */
export function tuningConfigTasks(
  workload: ObservedWorkload,
  configMaps: ReadonlyMap<string, ObservedConfigMap>,
  dependencies: Dependencies,
  cache: ClusterCache,
): readonly Task[] {
  const action = planTuningConfig(workload, configMaps)
  if (action === undefined) return []
  const { namespace, name } = action.type === 'create-config-map' ? action : action.configMap
  const subject = `${namespace}/${name}`
  const run = (): Promise<void> => execute(action, dependencies, cache)
  return [{ key: `config map ${subject}`, type: action.type, subject, run }]
}

async function execute(
  action: TuningConfigAction,
  { client, failures }: Dependencies,
  cache: ClusterCache,
): Promise<void> {
  const { resource } = CONFIG_MAPS
  if (action.type === 'update-config-map') {
    const { configMap, patch } = action
    return ignoring('not-found', failures, async () => {
      cache.written(resource, await client.patch(CONFIG_MAPS, configMap, 'merge-patch', patch))
    })
  }
  const { namespace, name, object } = action
  try {
    cache.written(resource, await client.create(CONFIG_MAPS, namespace, object))
  } catch (error) {
    if (failures.classify(error).kind !== 'already-exists') throw error
    // Somebody else's, which the watch does not show: known, it is not tried again.
    cache.written(resource, await client.get(CONFIG_MAPS, { namespace, name }))
  }
}
