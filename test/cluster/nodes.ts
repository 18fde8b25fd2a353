// Nodes for a control plane: real Karpenter with its KWOK provider, which turns NodeClaims into Node objects, and real KWOK,
// which is the kubelet of all nodes with its annotation. Neither outlives this process.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadCatalogue } from '../../src/catalogue/load.ts'
import type { Cloud } from '../../src/core/api/names.ts'
import type { Program } from './bound-process.ts'
import type { ControlPlane } from './control-plane.ts'
import { kwokInstanceTypes } from './instance-types.ts'
import { installKarpenterObjects } from './karpenter-objects.ts'
import { kwokNode } from './levers.ts'
import { nodePrograms } from './node-programs.ts'
import { poll } from './poll.ts'
import { freePort } from './ports.ts'
import { onProcessEnd } from './process-end.ts'
import { startServer, type ServerProcess } from './server-process.ts'
import { createShortages, type Shortages } from './shortages.ts'

const startTimeoutMs = 60_000
const leaseSeconds = 40
const stages = fileURLToPath(new URL('kwok-stages.yaml', import.meta.url))

/** Everything has a default. */
export interface NodesOptions {
  /** Whose NVIDIA instance types Karpenter sells; Azure's if absent. */
  readonly clouds?: readonly Cloud[]
  /** How long every node takes to register, as Go writes durations; `0s` if absent. */
  readonly nodeRegistrationDelay?: string
}

/** Running programs. */
export interface Running extends AsyncDisposable {
  /** Throws, with the end of its log, if one of them has ended. */
  readonly assertRunning: () => void
  /** Ends all at once; the objects stay. Harmless when repeated. To be called before the control plane stops. */
  readonly stop: () => Promise<void>
}

/** Running Karpenter and KWOK. */
export interface Nodes extends Shortages, Running {
  /** Paths of the log files. */
  readonly logs: { readonly karpenter: string; readonly kwok: string }
}

/** Starts Karpenter and KWOK, as the administrator, and waits until both are ready; where that was never done, they are built first. */
export const startNodes = async (plane: ControlPlane, options: NodesOptions = {}): Promise<Nodes> => {
  const { karpenter, kwok } = await nodePrograms()
  const folder = join(plane.folder, 'home', 'nodes')
  await mkdir(folder, { recursive: true })
  const [instanceTypesFile] = await Promise.all([
    writeInstanceTypes(folder, options.clouds ?? ['azure']),
    installKarpenterObjects(plane, karpenter, options.nodeRegistrationDelay ?? '0s'),
  ])
  const shortagesFile = join(folder, 'shortages')
  const shortages = createShortages(shortagesFile)
  const started = await Promise.all([
    startKwok(plane, kwok),
    startKarpenter(plane, karpenter, {
      INSTANCE_TYPES_FILE_PATH: instanceTypesFile,
      SHORTAGES_FILE_PATH: shortagesFile,
    }),
  ])
  const running = await untilAllReady(started)
  return {
    ...shortages,
    ...running,
    logs: { kwok: logFile(plane, 'kwok'), karpenter: logFile(plane, 'karpenter') },
  }
}

/** Starts KWOK alone: a test makes the nodes. Leases are renewed four times in their duration. */
export const startKubelets = async (
  plane: ControlPlane,
  nodeLeaseSeconds = leaseSeconds,
): Promise<Running> => {
  const { kwok } = await nodePrograms()
  return await untilAllReady([await startKwok(plane, kwok, nodeLeaseSeconds)])
}

const untilAllReady = async (started: readonly Started[]): Promise<Running> => {
  const stop = stopper(started.map(({ server }) => server))
  try {
    await Promise.all(started.map(untilReady))
  } catch (error) {
    await stop()
    throw error
  }
  const assertRunning = (): void => started.forEach(({ server }) => server.assertRunning())
  return { assertRunning, stop, [Symbol.asyncDispose]: stop }
}

interface Started {
  readonly server: ServerProcess
  readonly readyUrl: string
}

const logFile = (plane: ControlPlane, name: string): string => join(plane.logFolder, `${name}.log`)

const startKwok = async (
  plane: ControlPlane,
  program: Program,
  nodeLeaseSeconds = leaseSeconds,
): Promise<Started> => {
  const port = await freePort()
  const args = [
    `--kubeconfig=${plane.kubeconfig}`,
    `--config=${stages}`,
    '--manage-all-nodes=false',
    `--manage-nodes-with-annotation-selector=${kwokNode}=fake`,
    // Without leases the node controller takes every node for lost after 50 s.
    `--node-lease-duration-seconds=${nodeLeaseSeconds}`,
    // Outside the Services' range; all nodes share one address.
    '--node-ip=10.1.0.1',
    '--cidr=10.2.0.1/16',
    `--server-address=127.0.0.1:${port}`,
  ]
  const server = startServer('kwok', program, args, logFile(plane, 'kwok'))
  return { server, readyUrl: `http://127.0.0.1:${port}/healthz` }
}

const startKarpenter = async (
  plane: ControlPlane,
  program: Program,
  files: Readonly<Record<string, string>>,
): Promise<Started> => {
  const [healthPort, metricsPort] = await Promise.all([freePort(), freePort()])
  const env = {
    ...process.env,
    ...files,
    KUBECONFIG: plane.kubeconfig,
    SYSTEM_NAMESPACE: 'kube-system',
    DISABLE_LEADER_ELECTION: 'true',
    KUBERNETES_MIN_VERSION: '1.19.0-0',
    HEALTH_PROBE_PORT: String(healthPort),
    METRICS_PORT: String(metricsPort),
  }
  const server = startServer('karpenter', program, [], logFile(plane, 'karpenter'), env)
  return { server, readyUrl: `http://127.0.0.1:${healthPort}/readyz` }
}

const writeInstanceTypes = async (folder: string, clouds: readonly Cloud[]): Promise<string> => {
  const catalogue = await loadCatalogue()
  if (!catalogue.ok) throw new Error('the packaged catalogue has mistakes')
  const file = join(folder, 'instance-types.json')
  await writeFile(
    file,
    JSON.stringify(kwokInstanceTypes(catalogue.value.instanceTypes, clouds), undefined, 2),
  )
  return file
}

const untilReady = async ({ server, readyUrl }: Started): Promise<void> => {
  const whatFailed = (): string => `${server.name} is not ready; the end of ${server.logTail()}`
  await poll(whatFailed, startTimeoutMs, async () => {
    server.assertRunning()
    return (await isOk(readyUrl)) ? true : undefined
  })
}

const isOk = async (url: string): Promise<boolean> => {
  try {
    return (await fetch(url)).ok
  } catch {
    return false
  }
}

const stopper = (servers: readonly ServerProcess[]): (() => Promise<void>) => {
  const kill = (): void => servers.forEach(server => server.kill())
  const forget = onProcessEnd(kill)
  return async () => {
    kill()
    await Promise.all(servers.map(({ ended }) => ended))
    forget()
  }
}
