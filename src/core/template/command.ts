// Pipeline: template. The command line of KAITO's servers, flag for flag as upstream builds it (KAITO v0.12.0
// pkg/model/interface.go, v0.4.6 likewise), with the flags sorted, because upstream's order is that of a Go map.
import type { Runtime } from '../api/names.ts'
import type { Placement } from '../api/plan.ts'
import type { Flags, PresetRevision } from '../preset/catalogue.ts'
import { SERVER_PORT } from './steps/port.ts'

const VLLM_SERVER = 'python3 /workspace/vllm/inference_api.py'
const TRANSFORMERS_SERVER =
  'accelerate launch --gpu_ids=all --machine_rank=0 --num_machines=1 --num_processes=1 /workspace/tfs/inference_api.py'
const MULTI_NODE_SCRIPT = '/workspace/vllm/multi-node-serving.sh'
const HEALTH_SCRIPT = '/workspace/vllm/multi-node-health-check.py'
const RAY_PORT = 6379
/** The variable in which a pod of a group finds its number. */
export const POD_INDEX = 'POD_INDEX'

export const WEIGHTS_PATH = '/workspace/weights'
export const CONFIG_FOLDER = '/mnt/config'
const CONFIG_FILE = `${CONFIG_FOLDER}/inference_config.yaml`

export interface CommandInput {
  readonly revision: PresetRevision
  readonly runtime: Runtime
  readonly placement: Placement
  readonly gpuMemoryUtilization: string | undefined
  readonly kvOffloadOff: boolean
  readonly maxModelLen?: number | undefined
  /** A ConfigMap is mounted at /mnt/config. */
  readonly config?: boolean
  /** LoRA adapters are mounted at /mnt/adapter, where both servers look by themselves. */
  readonly adapters?: boolean
  /** Ready weights are mounted: nothing is downloaded. */
  readonly localWeights?: boolean
}

/** The server's command line for one pod of a replica on one node. */
export function serverCommand(input: CommandInput): string {
  const server = input.runtime === 'vllm' ? VLLM_SERVER : TRANSFORMERS_SERVER
  return [server, ...formatFlags(serverFlags(input))].join(' ')
}

/** The command line of a replica over several nodes, as upstream has it: pod 0 leads, the others join its Ray cluster. */
export function multiNodeCommand(input: CommandInput, leaderHost: string): string {
  return groupScript(input, serverCommand(input), joinCommand(leaderHost))
}

/** The container's `command`: the user's `args` stay where they are, follow ours and so win. */
export function containerCommand(command: string): readonly string[] {
  return ['/bin/sh', '-c', `exec ${command} "$@"`, '--']
}

/** The same over several nodes: only the server takes the user's `args`. */
export function multiNodeContainerCommand(input: CommandInput, leaderHost: string): readonly string[] {
  const script = groupScript(input, `exec ${serverCommand(input)} "$@"`, `exec ${joinCommand(leaderHost)}`)
  return ['/bin/sh', '-c', script, '--']
}

function groupScript({ placement }: CommandInput, server: string, join: string): string {
  const { nodesPerReplica } = placement
  const lead = `${MULTI_NODE_SCRIPT} leader --ray_cluster_size=${nodesPerReplica} --ray_port=${RAY_PORT}`
  return `if [ "\${${POD_INDEX}}" = "0" ]; then ${lead}; ${server}; else ${join}; fi`
}

function joinCommand(leaderHost: string): string {
  return `${MULTI_NODE_SCRIPT} worker --ray_address=${leaderHost} --ray_port=${RAY_PORT}`
}

/** What a probe of a replica over several nodes runs; the script looks at the leader only. */
export function multiNodeHealthCommand(
  check: 'readiness' | 'liveness',
  leaderHost: string,
): readonly string[] {
  const port = check === 'liveness' ? `--ray-port=${RAY_PORT}` : `--vllm-port=${SERVER_PORT}`
  return ['/bin/sh', '-c', `python3 ${HEALTH_SCRIPT} ${check} --leader-address=${leaderHost} ${port}`]
}

function serverFlags(input: CommandInput): Flags {
  const own = input.revision.runtimes[input.runtime]?.flags ?? {}
  if (input.revision.name === 'kaito-0.4')
    return { ...own, ...(input.runtime === 'vllm' ? vllmFlagsOf04(input) : {}) }
  return input.runtime === 'vllm'
    ? { ...vllmFlags(input), ...own, ...weightsFlags(input) }
    : { ...own, ...transformersFlags(input) }
}

function vllmFlags(input: CommandInput): Flags {
  return {
    'served-model-name': input.revision.servedModelName,
    'max-model-len': input.maxModelLen === undefined ? 'auto' : String(input.maxModelLen),
    ...optional('gpu-memory-utilization', input.gpuMemoryUtilization),
    'kv-events-config': `'{"enable_kv_cache_events":true}'`,
    'compilation-config.pass_config.fuse_allreduce_rms': 'False',
    ...adapterFlags(input),
    ...optional('kaito-config-file', input.config === true ? CONFIG_FILE : undefined),
    ...optional('kaito-kv-cache-cpu-memory-utilization', input.kvOffloadOff ? '0' : undefined),
    ...parallelismFlags(input.placement),
  }
}

function parallelismFlags({ parallelism, nodesPerReplica }: Placement): Flags {
  return {
    'tensor-parallel-size': String(parallelism.tensor),
    ...optional('data-parallel-size', parallelism.data > 1 ? String(parallelism.data) : undefined),
    ...optional('pipeline-parallel-size', nodesPerReplica > 1 ? String(parallelism.pipeline) : undefined),
    ...optional('distributed-executor-backend', nodesPerReplica > 1 ? 'ray' : undefined),
  }
}

function weightsFlags(input: CommandInput): Flags {
  if (input.localWeights === true) return { model: WEIGHTS_PATH }
  return { ...optional('model', input.revision.modelArgument), 'download-dir': WEIGHTS_PATH }
}

function transformersFlags(input: CommandInput): Flags {
  const model = input.localWeights === true ? WEIGHTS_PATH : input.revision.modelArgument
  return {
    served_model_name: input.revision.servedModelName,
    ...optional('pretrained_model_name_or_path', model),
    allow_remote_files: '',
  }
}

/** The wrapper of release 0.4.6: it always gets the config file (an empty one where the user names none). */
function vllmFlagsOf04(input: CommandInput): Flags {
  const { tensor, data } = input.placement.parallelism
  return {
    'served-model-name': input.revision.servedModelName,
    ...optional('tensor-parallel-size', input.revision.tensorParallel ? String(tensor) : undefined),
    ...optional('data-parallel-size', data > 1 ? String(data) : undefined),
    ...optional('gpu-memory-utilization', input.gpuMemoryUtilization),
    ...optional('max-model-len', input.maxModelLen === undefined ? undefined : String(input.maxModelLen)),
    'kaito-config-file': CONFIG_FILE,
    ...adapterFlags(input),
  }
}

function adapterFlags({ adapters, revision }: CommandInput): Flags {
  return optional('enable-lora', adapters === true && revision.adapters ? '' : undefined)
}

/** `--k=v`, or a bare `--k` for an empty value; values are not quoted, JSON ones bring their own quotes. */
function formatFlags(flags: Flags): string[] {
  return Object.keys(flags)
    .toSorted()
    .map(name => (flags[name] === '' ? `--${name}` : `--${name}=${flags[name]}`))
}

function optional(name: string, value: string | undefined): Flags {
  return value === undefined ? {} : { [name]: value }
}
