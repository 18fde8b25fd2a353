// The newcomer's film, second part: the sample of the offline part on a real API server. Started by `kaito-native demo`.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { loadCatalogue } from '../../src/catalogue/load.ts'
import type { PlayFilm } from '../../src/cli/demo.ts'
import type { Io } from '../../src/cli/io.ts'
import { serve } from '../../src/cli/serve.ts'
import { parseServeConfig } from '../../src/config.ts'
import { decideMutation } from '../../src/core/admit/mutate.ts'
import { decideValidation } from '../../src/core/admit/validate.ts'
import { stopOnSignals } from '../../src/cli/stop-signal.ts'
import { startControlPlane, type ControlPlane } from '../cluster/control-plane.ts'
import { startNodes } from '../cluster/nodes.ts'
import { poll } from '../cluster/poll.ts'
import { freePort } from '../cluster/ports.ts'
import { areReady, showLive, type Picture } from './live-table.ts'

const READY_WITHIN_MS = 30_000
/** Short, so that the film shows how nodes are given back. */
const IDLE_GRACE = '5s'
/** One scene: on a slow machine Karpenter takes its time. */
const SCENE_MS = 60_000

/** Plays it; resolves to the exit code, 0 also after Ctrl-C. */
export const playFilm: PlayFilm = async ({ sample, io, once: endsByItself, version }) => {
  const stop = stopOnSignals()
  io.out(
    '\nNow for real: etcd, kube-apiserver, kube-controller-manager, kube-scheduler and Karpenter on this machine; only the machines\nand what runs on them are make-believe (KWOK).\n',
  )
  const plane = await unlessStopped(stop, startControlPlane())
  // Still starting or building: the control plane's own exit handler ends what runs.
  if (plane === undefined) process.exit(0)
  await using ending = new AsyncDisposableStack()
  ending.use(plane)
  const nodes = await unlessStopped(stop, startNodes(plane))
  if (nodes === undefined) process.exit(0)
  ending.use(nodes)
  const admission = new AbortController()
  const { served } = await startServe(plane, version, admission.signal)
  try {
    await showScenes({ plane, sample, io, stop })
    if (!endsByItself && !stop.aborted) await waitForSignal(plane, io, stop)
  } finally {
    admission.abort()
    await served
  }
  io.out('Stopped; nothing is left behind.\n')
  return 0
}

interface Scene {
  readonly plane: ControlPlane
  readonly sample: string
  readonly io: Io
  readonly stop: AbortSignal
}

async function startServe(
  plane: ControlPlane,
  version: string,
  stop: AbortSignal,
): Promise<{ readonly served: Promise<void> }> {
  const ports = { webhook: await freePort(), health: await freePort() }
  const parsed = parseServeConfig({
    '--kubeconfig': plane.kubeconfig,
    '--webhook-url': `https://127.0.0.1:${ports.webhook}`,
    '--webhook-port': String(ports.webhook),
    '--health-port': String(ports.health),
    '--idle-grace': IDLE_GRACE,
    '--log-level': 'error',
  })
  if (!parsed.ok) throw new Error(parsed.errors.join('\n'))
  const loaded = await loadCatalogue()
  if (!loaded.ok) throw new Error('the packaged catalogue has mistakes')
  const served = serve(parsed.config, {
    version,
    decideMutation,
    decideValidation,
    catalogue: loaded.value,
    stop,
  })
  await Promise.race([untilReady(ports.health), served])
  return { served }
}

async function untilReady(port: number): Promise<void> {
  await poll('kaito-native is ready', READY_WITHIN_MS, async () => {
    const response = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined)
    return response?.ok === true ? true : undefined
  })
}

async function showScenes(scene: Scene): Promise<void> {
  const { io, sample } = scene
  const file = relative(process.cwd(), sample)
  io.out('kaito-native serves its webhooks and is registered.\n\n')
  await show(scene, ['apply', '-f', file])
  await show(scene, [
    'get',
    'deployment/phi-4-mini',
    '-o',
    'jsonpath={.spec.template.spec.containers[0].image}{"\\n"}{.spec.template.spec.containers[0].resources}{"\\n"}',
  ])
  io.out('Its pod waits (SchedulingGated) until a node has been claimed for it and is ready:\n\n')
  await live(scene, areReady(1))
  await show(scene, ['wait', '--for=condition=kaito.sh/Ready', 'deployment/phi-4-mini', '--timeout=30s'])
  await show(scene, ['get', 'deployments,pods,services,nodeclaims,nodes'])
  io.out('The same file again changes nothing:\n')
  await show(scene, ['apply', '-f', file])
  io.out('A mistake is answered before anything runs:\n')
  await show(scene, ['apply', '-f', '-'], mistaken(sample))
  io.out('More replicas, more nodes:\n')
  await show(scene, ['scale', 'deployment/phi-4-mini', '--replicas=3'])
  await live(scene, areReady(3))
  io.out(`None, and the nodes are given back after the grace (${IDLE_GRACE} here, 5 minutes by default):\n`)
  await show(scene, ['scale', 'deployment/phi-4-mini', '--replicas=0'])
  await live(scene, ({ pods, claims }) => pods.length === 0 && claims.length === 0)
  await show(scene, ['events', '--for', 'deployment/phi-4-mini'])
}

async function live({ plane, io, stop }: Scene, isDone: (picture: Picture) => boolean): Promise<void> {
  if (!stop.aborted) await showLive(plane, io, isDone, { stop, withinMs: SCENE_MS })
}

/** Runs kubectl and shows the call and all that it prints. */
async function show({ plane, io, stop }: Scene, args: readonly string[], input?: string): Promise<void> {
  if (stop.aborted) return
  io.out(`$ kubectl ${args.map(quoted).join(' ')}\n`)
  const { stdout, stderr } = await plane.kubectl(args, input === undefined ? {} : { input })
  io.out(`${indent(stderr)}${indent(stdout)}\n`)
}

function quoted(argument: string): string {
  return /^[A-Za-z0-9_./,:=-]+$/.test(argument) ? argument : `'${argument}'`
}

function indent(text: string): string {
  return text.replaceAll(/^(?=.)/gm, '  ')
}

function mistaken(sample: string): string {
  return readFileSync(sample, 'utf8')
    .replace('phi-4-mini-instruct', 'phi-4-mini-instrukt, kaito.sh/instance-type: Standard_NC24_A100')
    .replace('name: phi-4-mini\n', 'name: phi-4-mistaken\n')
}

async function waitForSignal(plane: ControlPlane, io: Io, stop: AbortSignal): Promise<void> {
  io.out('Look around in another terminal (Ctrl-C here stops everything):\n\n')
  io.out(`  export KUBECONFIG=${plane.kubeconfig}\n`)
  io.out('  kubectl get deployment phi-4-mini -o yaml\n')
  io.out(`  kubectl get deployment phi-4-mini -o jsonpath='{.metadata.annotations.kaito\\.sh/plan}'\n\n`)
  await once(stop, 'abort')
}

/** The value, or undefined when the person does not want to wait for it. */
async function unlessStopped<T>(stop: AbortSignal, work: Promise<T>): Promise<T | undefined> {
  const stopped = once(stop, 'abort').then(() => undefined)
  return Promise.race([work, stopped])
}
