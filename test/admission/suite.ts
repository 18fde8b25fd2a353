// A suite with a real control plane and a real `serve`: what the tests of this folder begin with.
import { after, before } from 'node:test'
import { readFileSync } from 'node:fs'
import type { ControlPlane } from '../cluster/control-plane.ts'
import { describeWithControlPlane } from '../cluster/available.ts'
import type { KubectlResult } from '../cluster/kubectl.ts'
import { poll } from '../cluster/poll.ts'
import { createApi, type Api } from './api.ts'
import { startServe, type ServeProcess } from './serve-process.ts'

const NODE_CLAIM_CRD = new URL('../fixtures/crds/karpenter.sh_nodeclaims.yaml', import.meta.url)
const CRD_TIMEOUT_MS = 30_000

export interface Cluster extends Api {
  readonly plane: ControlPlane
  readonly serve: ServeProcess
  /** Runs kubectl; an Error where it does not end with 0. */
  readonly kubectl: (args: readonly string[], input?: string) => Promise<KubectlResult>
  /** What kubectl says on stderr where it is refused; an Error where it is not. */
  readonly kubectlRefused: (args: readonly string[], input?: string) => Promise<string>
}

export interface SuiteOptions {
  /** Karpenter's NodeClaim API is served, so pods are gated (default); else kube-scheduler alone places them. */
  readonly provisioner?: boolean
  /** What exists before kaito-native is installed. */
  readonly beforeServe?: (api: Api, plane: ControlPlane) => Promise<void>
}

/** One control plane with `serve` for all tests of the suite. */
export async function describeWithServe(
  name: string,
  { provisioner = true, beforeServe }: SuiteOptions,
  defineTests: (cluster: () => Cluster) => void,
): Promise<void> {
  await describeWithControlPlane(name, {}, plane => {
    let cluster: Cluster | undefined
    before(async () => {
      const api = createApi(plane())
      await api.createNamespace('kaito-system')
      if (provisioner) await installNodeClaims(plane())
      await beforeServe?.(api, plane())
      cluster = { ...api, ...kubectlOf(plane()), plane: plane(), serve: await startServe(plane()) }
    })
    after(async () => {
      await cluster?.serve.kill()
    })
    defineTests(() => {
      if (cluster === undefined) throw new Error('serve runs only while a test does')
      return cluster
    })
  })
}

const REPLACE_TRIES = 5

function kubectlOf(plane: ControlPlane): Pick<Cluster, 'kubectl' | 'kubectlRefused'> {
  const run = (args: readonly string[], input?: string): Promise<KubectlResult> =>
    plane.kubectl(args, input === undefined ? {} : { input })
  /** `replace` reads and then writes: when a controller has written a status in between, kubectl leaves it to its user. */
  const runUntilCurrent = async (
    args: readonly string[],
    input?: string,
    tries = REPLACE_TRIES,
  ): Promise<KubectlResult> => {
    const result = await run(args, input)
    const isOvertaken = args[0] === 'replace' && result.stderr.includes('(Conflict)')
    return isOvertaken && tries > 1 ? runUntilCurrent(args, input, tries - 1) : result
  }
  return {
    kubectl: async (args, input) => {
      const result = await runUntilCurrent(args, input)
      if (result.code === 0) return result
      throw new Error(`kubectl ${args.join(' ')}: exit code ${result.code}\n${result.stdout}${result.stderr}`)
    },
    kubectlRefused: async (args, input) => {
      const { code, stdout, stderr } = await run(args, input)
      if (code !== 0) return stderr
      throw new Error(`kubectl ${args.join(' ')} was not refused: ${stdout}${stderr}`)
    },
  }
}

async function installNodeClaims(plane: ControlPlane): Promise<void> {
  const crds = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
  const { status, body } = await plane.request(
    'POST',
    crds,
    readFileSync(NODE_CLAIM_CRD, 'utf8'),
    'application/yaml',
  )
  if (status !== 201) throw new Error(`the NodeClaim API was not installed: ${JSON.stringify(body)}`)
  await poll('the NodeClaim API is served', CRD_TIMEOUT_MS, async () => {
    const answer = await plane.request('GET', '/apis/karpenter.sh/v1')
    return answer.status === 200 ? true : undefined
  })
}
