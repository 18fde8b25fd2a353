// The newcomer's film, second part: the sample of the offline part on a real API server. Started by `kaito-native demo`.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { loadCatalogue } from '../../src/catalogue/load.ts'
import type { PlayFilm } from '../../src/cli/demo.ts'
import type { Io } from '../../src/cli/io.ts'
import { serve } from '../../src/cli/serve.ts'
import { parseServeConfig } from '../../src/config.ts'
import { decideMutation } from '../../src/core/admit/mutate.ts'
import { decideValidation } from '../../src/core/admit/validate.ts'
import { stopOnSignals } from '../../src/cli/stop-signal.ts'
import { startControlPlane, type ControlPlane } from '../cluster/control-plane.ts'
import { poll } from '../cluster/poll.ts'
import { freePort } from '../cluster/ports.ts'

const READY_WITHIN_MS = 30_000
const NODE_CLAIM_CRD = join(import.meta.dirname, '..', 'fixtures', 'crds', 'karpenter.sh_nodeclaims.yaml')

/** Plays it; resolves to the exit code, 0 also after Ctrl-C. */
export const playFilm: PlayFilm = async ({ sample, io, once: endsByItself, version }) => {
  const stop = stopOnSignals()
  io.out(
    '\nNow for real: etcd, kube-apiserver, kube-controller-manager and kube-scheduler on this machine.\n',
  )
  const plane = await unlessStopped(stop, startControlPlane())
  // Still starting or building: the control plane's own exit handler ends what runs.
  if (plane === undefined) process.exit(0)
  await using _ = plane
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
  // With the NodeClaim API the plan is the one of the offline part: pods wait for a node that Karpenter would make.
  await plane.kubectl(['apply', '-f', NODE_CLAIM_CRD])
  const parsed = parseServeConfig({
    '--kubeconfig': plane.kubeconfig,
    '--webhook-url': `https://127.0.0.1:${ports.webhook}`,
    '--webhook-port': String(ports.webhook),
    '--health-port': String(ports.health),
    '--log-level': 'warn',
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
  await untilPod(scene)
  await show(scene, ['get', 'deployments,replicasets,pods'])
  io.out(
    'The pod waits (SchedulingGated) until its GPU node is ready: the cluster buys nothing for it before.\n\n',
  )
  io.out('The same file again changes nothing:\n')
  await show(scene, ['apply', '-f', file])
  io.out('A mistake is answered before anything runs:\n')
  await show(scene, ['apply', '-f', '-'], mistaken(sample))
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

async function untilPod({ plane }: Scene): Promise<void> {
  await poll('the Deployment has a pod', READY_WITHIN_MS, async () => {
    const { stdout } = await plane.kubectl(['get', 'pods', '-o', 'name'])
    return stdout === '' ? undefined : stdout
  })
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
