// The tools of the images that push and pull, and a registry to talk to: all real, built with Go by the first test that needs
// them. Where they cannot be had the tests are skipped with the reason, in CI they fail.
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { builtPrograms, moduleFolder } from '../cluster/build.ts'
import { findToolchain } from '../cluster/go.ts'
import { orasModule, registryModule, skopeoModule, type GoModule } from '../cluster/modules.ts'
import { poll } from '../cluster/poll.ts'
import { freePort } from '../cluster/ports.ts'
import { startServer } from '../cluster/server-process.ts'
import { temporaryFolder } from '../cluster/temporary-folder.ts'

const timeoutMs = 10_000

/** For the `skip` option: false, or why there are no such tools. Throws in CI. */
export async function skipWithoutImageTools(): Promise<string | false> {
  const toolchain = await findToolchain(moduleFolder(registryModule), process.env)
  if (!('missing' in toolchain)) return false
  const message = `needs oras, skopeo and a registry: ${toolchain.missing}`
  if (!['', '0', 'false'].includes(process.env['CI'] ?? ''))
    throw new Error(`${message}; in CI nothing may be skipped`)
  return message
}

/** A PATH on which oras and skopeo are found. */
export async function pathWithImageTools(): Promise<string> {
  const oras = await programFolder(orasModule)
  const skopeo = await programFolder(skopeoModule)
  return [oras, skopeo, process.env['PATH'] ?? ''].join(':')
}

async function programFolder(module: GoModule): Promise<string> {
  return dirname((await builtPrograms(module))(module.name).path)
}

/** A user of the registry. */
export interface User {
  readonly name: string
  readonly password: string
}

/** A running registry. */
export interface Registry {
  /** `localhost:PORT`, to which oras talks without TLS. */
  readonly host: string
  /** The bytes of a blob or manifest by a path below /v2/. */
  readonly get: (path: string) => Promise<Response>
  readonly stop: () => Promise<unknown>
}

/** Starts a registry, which ends with this process at the latest; with a user it asks for the password. */
export async function startRegistry(user?: User): Promise<Registry> {
  const port = await freePort()
  const program = (await builtPrograms(registryModule))('registry')
  const env = {
    ...process.env,
    REGISTRY_USER: user?.name ?? '',
    REGISTRY_PASSWORD: user?.password ?? '',
  }
  const server = startServer('registry', program, [String(port)], join(temporaryFolder(), 'log'), env)
  const stop = async (): Promise<unknown> => {
    server.kill()
    return await server.ended
  }
  const headers: Record<string, string> = user === undefined ? {} : { authorization: `Basic ${base64(user)}` }
  const get = (path: string): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}/v2/${path}`, { headers: { ...headers, accept: '*/*' } })
  await poll(server.logTail, timeoutMs, async () => {
    server.assertRunning()
    return await get('').then(
      answer => answer.ok || undefined,
      () => undefined,
    )
  })
  return { host: `localhost:${port}`, get, stop }
}

/** A file as `kubectl create secret docker-registry` makes it, in a new folder; returns the folder. */
export function dockerConfig(host: string, user: User): string {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ auths: { [host]: { auth: base64(user) } } }))
  return folder
}

/** What skopeo's image has in /etc/containers, and that this registry has no TLS: for HOME. */
export function skopeoHome({ host }: Registry): string {
  const home = temporaryFolder()
  const folder = join(home, '.config/containers')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'policy.json'), '{"default":[{"type":"insecureAcceptAnything"}]}')
  writeFileSync(join(folder, 'registries.conf'), `[[registry]]\nlocation = "${host}"\ninsecure = true\n`)
  return home
}

function base64({ name, password }: User): string {
  return Buffer.from(`${name}:${password}`).toString('base64')
}
