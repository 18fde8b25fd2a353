// The matrix of fields: for every place that injection may write to, what a user may have there as well, and how the
// user's file changes over time.
import {
  claim,
  container,
  entries,
  env,
  envFrom,
  exec,
  gate,
  map,
  mount,
  ownVolume,
  podAffinity,
  port,
  preferred,
  probe,
  rolling,
  term,
  tolerate,
  values,
  volume,
  withVolumes,
  type Row,
} from './matrix-builders.ts'
import type { Kind } from './workloads.ts'

const CUDA_PRESET = {
  annotations: { preset: 'deepseek-v4-flash-0731' },
  otherInstanceType: 'Standard_ND96isr_H200_v5',
}
const ADAPTERS = {
  annotations: {
    preset: 'phi-4-mini-instruct',
    adapters: '[{name: tone, image: registry.example/tone:1, imagePullSecrets: [hub]}]',
  },
}
const EXISTING_NODES = { annotations: { preset: 'phi-4-mini-instruct', provisioning: 'none' } }
const EQUALS_INJECTED =
  'a replace or a patch does not tell who wrote a value that equals the injected one, so it goes with it'
const KAITO_IMAGE = 'mcr.microsoft.com/aks/kaito/kaito-base'
const OWN_GATE = { name: 'kaito.sh/waiting-for-node' }
const GPU_TOLERATION = { key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' }
const NODE_AFFINITY = ['{pod}', 'affinity', 'nodeAffinity']
const REQUIRED = [...NODE_AFFINITY, 'requiredDuringSchedulingIgnoredDuringExecution', 'nodeSelectorTerms']
const PREFERRED = [...NODE_AFFINITY, 'preferredDuringSchedulingIgnoredDuringExecution']
const DEPLOYMENT_ONLY: { kinds: readonly Kind[] } = { kinds: ['Deployment'] }

/**
 * Places that no file can live through all of: those of Jobs, whose pods cannot change (jobs.ts), and those that a
 * StatefulSet must be created with (groups.ts).
 */
export const ELSEWHERE: ReadonlySet<string> = new Set([
  '{container} terminationMessagePolicy',
  '{pod} containers kaito-pusher',
  '{pod} restartPolicy',
  '{spec} backoffLimit',
  '{spec} podFailurePolicy',
  '{spec} podManagementPolicy',
  '{spec} podReplacementPolicy',
  '{spec} serviceName',
  '{spec} updateStrategy',
])

/** Rows by footprint path (its parts joined by a space). */
export const MATRIX: Readonly<Record<string, readonly Row[]>> = {
  '{container} image': [
    values('image', ['{container}', 'image'], 'registry.example/own:1', 'registry.example/own:2'),
    values(
      'preset image',
      ['{container}', 'image'],
      `${KAITO_IMAGE}:0.4.9`,
      `${KAITO_IMAGE}:0.5.1`,
      'registry.example/own:1',
    ),
    {
      ...values('cuda image', ['{container}', 'image'], `${KAITO_IMAGE}:0.4.9`),
      ...CUDA_PRESET,
    },
  ],
  '{container} command': [
    values('command', ['{container}', 'command'], ['my-server'], ['my-server', '--fast']),
    values('args', ['{container}', 'args'], ['--max-num-seqs=8'], ['--max-num-seqs=16', '--enforce-eager']),
  ],
  '{container} ports *': [
    entries(
      'ports',
      ['{container}', 'ports'],
      port(9000, 'metrics'),
      port(9000, 'prom'),
      port(9001, 'admin'),
      port(9002, 'x'),
    ),
    values(
      'port 5000',
      ['{container}', 'ports'],
      [port(5000, 'api')],
      [port(5000, 'web')],
      [port(5000, 'web'), port(9000, 'm')],
    ),
    values('port http', ['{container}', 'ports'], [port(8080, 'http')], [port(8081, 'http')]),
    values('port http later', ['{container}', 'ports'], [port(9000, 'metrics')], [port(9000, 'http')]),
  ],
  '{container} resources limits nvidia.com/gpu': [
    map('limits', ['{container}', 'resources', 'limits'], { cpu: '4' }, { cpu: '8' }, { memory: '64Gi' }),
    values(
      'gpu limit',
      ['{container}', 'resources', 'limits'],
      { 'nvidia.com/gpu': '2' },
      { 'nvidia.com/gpu': '1' },
      { cpu: '4' },
    ),
  ],
  '{container} resources requests nvidia.com/gpu': [
    map('requests', ['{container}', 'resources', 'requests'], { cpu: '4' }, { cpu: '3' }, { memory: '48Gi' }),
    {
      ...values(
        'gpu request',
        ['{container}', 'resources', 'requests'],
        { 'nvidia.com/gpu': '2' },
        { 'nvidia.com/gpu': '1' },
      ),
      needsPreset: true,
    },
    values(
      'gpus in both',
      ['{container}', 'resources'],
      { limits: { 'nvidia.com/gpu': '2' }, requests: { 'nvidia.com/gpu': '2' } },
      { limits: { 'nvidia.com/gpu': '1' }, requests: { 'nvidia.com/gpu': '1' } },
    ),
  ],
  '{container} startupProbe': [
    values('startup', ['{container}', 'startupProbe'], probe(5), probe(7)),
    values('startup by command', ['{container}', 'startupProbe'], exec('ready'), exec('ready', '-v')),
  ],
  '{container} livenessProbe': [values('liveness', ['{container}', 'livenessProbe'], probe(5), probe(7))],
  '{container} readinessProbe': [values('readiness', ['{container}', 'readinessProbe'], probe(5), probe(7))],
  '{container} lifecycle preStop': [
    values('pre stop', ['{container}', 'lifecycle', 'preStop'], exec('drain'), exec('drain', '-v'), {
      sleep: { seconds: 15 },
    }),
    values('post start', ['{container}', 'lifecycle', 'postStart'], exec('warm-up'), exec('warm-up', '-v')),
  ],
  '{pod} terminationGracePeriodSeconds': [
    values('grace', ['{pod}', 'terminationGracePeriodSeconds'], 120, 90),
    {
      ...values('grace injected', ['{pod}', 'terminationGracePeriodSeconds'], 60, 61),
      fromStart: EQUALS_INJECTED,
    },
  ],
  '{container} env *': [
    entries('env', ['{container}', 'env'], env('A', '1'), env('A', '2'), env('B', '1'), env('C', '1')),
    values(
      'own env',
      ['{container}', 'env'],
      [env('VLLM_USE_DEEP_GEMM', '1')],
      [env('VLLM_USE_DEEP_GEMM', '2')],
      [env('A', '1')],
    ),
    values(
      'env source',
      ['{container}', 'env'],
      [envFrom('VLLM_USE_DEEP_GEMM', 'a')],
      [envFrom('VLLM_USE_DEEP_GEMM', 'b')],
    ),
    {
      ...values(
        'injected env',
        ['{container}', 'env'],
        [env('VLLM_USE_DEEP_GEMM', '0')],
        [env('A', '1'), env('VLLM_USE_DEEP_GEMM', '0')],
      ),
      fromStart: EQUALS_INJECTED,
    },
  ],
  '{container} volumeMounts *': [
    withVolumes('mounts', mount('/a', 'a'), mount('/a', 'b'), mount('/b', 'b'), mount('/c', 'a')),
    ownVolume('own shm', '/dev/shm', { emptyDir: { medium: 'Memory', sizeLimit: '8Gi' } }, { emptyDir: {} }),
    ownVolume(
      'own weights',
      '/workspace/weights',
      { emptyDir: {} },
      { persistentVolumeClaim: { claimName: 'w' } },
    ),
  ],
  '{pod} volumes *': [
    entries(
      'volumes',
      ['{pod}', 'volumes'],
      volume('a', '1Gi'),
      volume('a', '2Gi'),
      volume('b', '1Gi'),
      volume('c', '1Gi'),
    ),
    values(
      'own volume',
      ['{pod}', 'volumes'],
      [claim('kaito-weights', 'a')],
      [claim('kaito-weights', 'b')],
      [volume('a', '1Gi')],
    ),
  ],
  '{pod} initContainers *': [
    {
      ...entries(
        'init',
        ['{pod}', 'initContainers'],
        container('a', '1'),
        container('a', '2'),
        container('b', '1'),
        container('c', '1'),
      ),
      ...CUDA_PRESET,
    },
    {
      ...entries(
        'init beside adapters',
        ['{pod}', 'initContainers'],
        container('a', '1'),
        container('a', '2'),
        container('b', '1'),
        container('c', '1'),
      ),
      ...ADAPTERS,
    },
    {
      ...values(
        'own init',
        ['{pod}', 'initContainers'],
        [container('kaito-cuda-toolkit', '1')],
        [container('kaito-cuda-toolkit', '2')],
      ),
      ...CUDA_PRESET,
    },
  ],
  '{pod} imagePullSecrets *': [
    {
      ...entries(
        'pull secrets',
        ['{pod}', 'imagePullSecrets'],
        { name: 'a' },
        { name: 'aa' },
        { name: 'b' },
        { name: 'c' },
      ),
      ...ADAPTERS,
    },
    {
      ...values(
        'own pull secret',
        ['{pod}', 'imagePullSecrets'],
        [{ name: 'hub' }],
        [{ name: 'a' }, { name: 'hub' }],
      ),
      ...ADAPTERS,
      fromStart: EQUALS_INJECTED,
    },
  ],
  '{pod} tolerations': [
    entries(
      'tolerations',
      ['{pod}', 'tolerations'],
      tolerate('a', '1'),
      tolerate('a', '2'),
      tolerate('b', '1'),
      tolerate('c', '1'),
    ),
    {
      ...entries(
        'merged',
        ['{pod}', 'tolerations'],
        tolerate('a', '1'),
        tolerate('a', '2'),
        tolerate('b', '1'),
        tolerate('c', '1'),
      ),
      ...EXISTING_NODES,
    },
    values(
      'gpu toleration',
      ['{pod}', 'tolerations'],
      [GPU_TOLERATION],
      [GPU_TOLERATION, tolerate('a', '1')],
    ),
    {
      ...values(
        'gpu merged',
        ['{pod}', 'tolerations'],
        [GPU_TOLERATION],
        [tolerate('a', '1'), GPU_TOLERATION],
      ),
      ...EXISTING_NODES,
    },
  ],
  '{pod} affinity nodeAffinity requiredDuringSchedulingIgnoredDuringExecution nodeSelectorTerms': [
    {
      ...entries('terms', REQUIRED, term('a', '1'), term('a', '2'), term('b', '1'), term('c', '1')),
      ...EXISTING_NODES,
      combined: true,
    },
    {
      ...values('preferred', PREFERRED, [preferred('a')], [preferred('a'), preferred('b')]),
      ...EXISTING_NODES,
    },
    {
      ...values('pod affinity', ['{pod}', 'affinity', 'podAffinity'], podAffinity('a'), podAffinity('b')),
      ...EXISTING_NODES,
    },
    values('gated terms', REQUIRED, [term('a', '1')], [term('a', '1'), term('b', '1')]),
  ],
  '{template} metadata labels kaito.sh/workload': [
    values('workload label', ['{template}', 'metadata', 'labels', 'kaito.sh/workload'], 'mine', 'ours'),
  ],
  '{template} metadata labels kaito.sh/model': [
    values('model label', ['{template}', 'metadata', 'labels', 'kaito.sh/model'], 'mine', 'ours'),
    values('label', ['{template}', 'metadata', 'labels', 'team'], 'mine', 'ours'),
  ],
  '{pod} schedulingGates *': [
    entries('gates', ['{pod}', 'schedulingGates'], gate('a'), gate('aa'), gate('b'), gate('c')),
    {
      ...values('own gate', ['{pod}', 'schedulingGates'], [OWN_GATE], [OWN_GATE, gate('a')]),
      fromStart: EQUALS_INJECTED,
    },
  ],
  '{template} metadata annotations kaito.sh/placement': [
    map('annotations', ['{template}', 'metadata', 'annotations'], { a: '1' }, { a: '2' }, { b: '1' }),
  ],
  'spec strategy rollingUpdate maxSurge': [
    {
      ...values('surge', ['spec', 'strategy'], rolling({ maxSurge: 1 }), rolling({ maxSurge: '50%' })),
      ...DEPLOYMENT_ONLY,
    },
  ],
  'spec strategy rollingUpdate maxUnavailable': [
    {
      ...values(
        'unavailable',
        ['spec', 'strategy'],
        rolling({ maxUnavailable: 2 }),
        rolling({ maxUnavailable: '50%' }),
      ),
      ...DEPLOYMENT_ONLY,
    },
    {
      ...values(
        'both',
        ['spec', 'strategy'],
        rolling({ maxSurge: 1, maxUnavailable: 0 }),
        rolling({ maxSurge: 2, maxUnavailable: 1 }),
      ),
      ...DEPLOYMENT_ONLY,
    },
    {
      ...values(
        'rolling injected',
        ['spec', 'strategy'],
        rolling({ maxSurge: 0, maxUnavailable: 1 }),
        rolling({ maxSurge: 2, maxUnavailable: 1 }),
      ),
      ...DEPLOYMENT_ONLY,
      fromStart: EQUALS_INJECTED,
    },
    {
      ...values('recreate', ['spec', 'strategy'], { type: 'Recreate' }, rolling({ maxSurge: 1 })),
      ...DEPLOYMENT_ONLY,
      fromStart: 'Kubernetes itself refuses Recreate from most clients while rollingUpdate has its defaults',
    },
  ],
  'spec progressDeadlineSeconds': [
    { ...values('deadline', ['spec', 'progressDeadlineSeconds'], 7200, 5400), ...DEPLOYMENT_ONLY },
  ],
}
