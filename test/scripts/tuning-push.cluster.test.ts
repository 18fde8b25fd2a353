// The adapter image: what real oras leaves in a real registry, that real skopeo brings the same files back, and what a
// registry that refuses does to the pod.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer, request as forward } from 'node:http'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { temporaryFolder } from '../cluster/temporary-folder.ts'
import {
  dockerConfig,
  pathWithImageTools,
  skipWithoutImageTools,
  skopeoHome,
  startRegistry,
  type Registry,
} from './image-tools.ts'
import { runScript, SHELLS, type Ended, type Shell } from './shell.ts'
import { readTar } from './tar.ts'
import { makeTuningPod, SAVES } from './tuning-pod.ts'

const skip = await skipWithoutImageTools()
const PATH = skip === false ? await pathWithImageTools() : ''
type Env = Readonly<Record<string, string>>

const user = { name: 'team', password: 'secret' }

function digest(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}

async function bytesOf({ get }: Registry, path: string): Promise<Buffer> {
  const answer = await get(path)
  assert.equal(answer.status, 200, path)
  return Buffer.from(await answer.arrayBuffer())
}

function parse(bytes: Buffer): Record<string, unknown> {
  return JSON.parse(bytes.toString()) as Record<string, unknown>
}

for (const [title, shell] of Object.entries(SHELLS)) {
  describe(`tuning-push.sh with a registry, in ${title}`, { skip }, () => {
    let registry: Registry
    let pushed: Ended
    before(async () => {
      registry = await startRegistry()
      pushed = await trainAndPush(shell, `${registry.host}/team/adapter:v1`)
    })

    async function pull(image: string, env: Env = {}): Promise<Ended & { to: string }> {
      const to = join(temporaryFolder(), 'adapter')
      const ended = await runScript(shell, 'image-pull.sh', {
        args: [image, 'data', to, 'adapter_config.json'],
        env: { PATH, HOME: skopeoHome(registry), PULL_PAUSE_SECONDS: '0', ...env },
      })
      return { ...ended, to }
    }

    test('completes and names the digest', async () => {
      assert.equal(pushed.code, 0, pushed.log)
      const manifest = await bytesOf(registry, 'team/adapter/manifests/v1')
      assert.equal(pushed.message, `pushed ${registry.host}/team/adapter:v1 ${digest(manifest)}`)
    })

    test('the image is the one that KAITO makes, byte for byte', async () => {
      const { annotations, ...manifest } = parse(await bytesOf(registry, 'team/adapter/manifests/v1'))
      const { config, layers } = manifest as { config: { digest: string }; layers: { digest: string }[] }
      const configBytes = await bytesOf(registry, `team/adapter/blobs/${config.digest}`)
      const layerBytes = await bytesOf(registry, `team/adapter/blobs/${layers[0]?.digest}`)
      const tar = gunzipSync(layerBytes)
      assert.equal(configBytes.toString(), `{"rootfs":{"diff_ids":["${digest(tar)}"]}}`)
      assert.deepEqual(manifest, {
        schemaVersion: 2,
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
        config: {
          mediaType: 'application/vnd.oci.image.config.v1+json',
          digest: digest(configBytes),
          size: configBytes.length,
        },
        layers: [
          {
            mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
            digest: digest(layerBytes),
            size: layerBytes.length,
            annotations: { 'org.opencontainers.image.title': 'layer.tar.gz' },
          },
        ],
      })
      const { 'org.opencontainers.image.created': created, ...own } = annotations as Record<string, string>
      assert.deepEqual(own, { 'sh.kaito.model.name': 'phi-3-mini-128k-instruct' })
      assert.ok(Date.parse(created ?? '') > 0)
      assert.deepEqual(readTar(tar), {
        'data/': '',
        'data/adapter_config.json': '{"r":8}',
        'data/adapter_model.safetensors': 'weights',
      })
    })

    test('the adapter step gets back what was trained', async () => {
      const { code, to, log } = await pull(`${registry.host}/team/adapter:v1`)
      assert.equal(code, 0, log)
      assert.deepEqual(readdirSync(to).toSorted(), ['adapter_config.json', 'adapter_model.safetensors'])
      assert.equal(readFileSync(join(to, 'adapter_config.json'), 'utf8'), '{"r":8}')
      assert.equal(readFileSync(join(to, 'adapter_model.safetensors'), 'utf8'), 'weights')
    })

    test('a private registry takes the secret, for push and pull', async () => {
      const guarded = await startRegistry(user)
      const image = `${guarded.host}/team/adapter:v1`
      const folder = dockerConfig(guarded.host, user)
      const { code, log } = await trainAndPush(shell, image, { DOCKER_CONFIG: folder })
      assert.equal(code, 0, log)
      const HOME = skopeoHome(guarded)
      assert.equal((await pull(image, { HOME })).code, 1)
      const withSecret = await pull(image, { HOME, PULL_SECRETS: folder })
      assert.equal(withSecret.code, 0, withSecret.log)
      assert.equal(readdirSync(withSecret.to).length, 2)
    })

    test('a wrong secret is found before anything is trained', async () => {
      const guarded = await startRegistry(user)
      const pod = makeTuningPod(shell, `${guarded.host}/team/adapter:v1`)
      const wrong = dockerConfig(guarded.host, { ...user, password: 'old' })
      const { code, message } = await pod.check({ PATH, DOCKER_CONFIG: wrong }).ended
      assert.equal(code, 1)
      assert.match(
        message,
        /cannot push to localhost:\d+\/team\/adapter, so nothing was trained: .*(401|unauthorized)/is,
      )
      const right = dockerConfig(guarded.host, user)
      const checked = await pod.check({ PATH, DOCKER_CONFIG: right }).ended
      assert.equal(checked.code, 0, checked.log)
      assert.equal((await guarded.get('team/adapter/tags/list')).status, 404, 'the check leaves no image')
    })

    test('a registry that is away fails the pod, with the reason, after the last attempt', async () => {
      const gone = await startRegistry()
      await gone.stop()
      const { code, message } = await trainAndPush(shell, `${gone.host}/team/adapter:v1`)
      assert.equal(code, 1)
      assert.match(message, /^cannot push localhost:\d+\/team\/adapter:v1 after 2 attempts: .*refused/is)
    })

    test('an attempt that hangs is ended', async () => {
      const silent = createServer(() => {}).listen(0, '127.0.0.1')
      await once(silent, 'listening')
      after(() => {
        silent.closeAllConnections()
        silent.close()
      })
      const image = `localhost:${portOf(silent.address())}/team/adapter:v1`
      const { code, message } = await trainAndPush(shell, image, { KAITO_PUSH_SECONDS: '1' })
      assert.equal(code, 1)
      assert.match(message, /after 2 attempts/)
    })

    test('what fails once is tried again', async () => {
      const port = await refuseOnce(registry)
      const { code, message, log } = await trainAndPush(shell, `localhost:${port}/team/again:v1`)
      assert.equal(code, 0, log)
      assert.match(message, /^pushed /)
      const back = await pull(`${registry.host}/team/again:v1`)
      assert.equal(back.code, 0, back.log)
      assert.equal(readdirSync(back.to).length, 2)
    })
  })
}

async function trainAndPush(shell: Shell, image: string, env: Env = {}): Promise<Ended> {
  const pod = makeTuningPod(shell, image)
  const trainer = pod.train(SAVES)
  const pusher = pod.push({ PATH, ...env })
  assert.equal((await trainer.ended).code, 0)
  return await pusher.ended
}

function portOf(address: ReturnType<ReturnType<typeof createServer>['address']>): number {
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** The port of a way to the registry that denies the first manifest. */
async function refuseOnce({ host }: Registry): Promise<number> {
  let refused = false
  const [, port] = host.split(':')
  const proxy = createServer((request, response) => {
    if (!refused && request.method === 'PUT' && request.url?.includes('/manifests/') === true) {
      refused = true
      response.writeHead(403).end()
      return
    }
    const { method, url: path, headers } = request
    const onward = forward({ host: '127.0.0.1', port, method, path, headers }, answer => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    request.pipe(onward)
  }).listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  after(() => {
    proxy.closeAllConnections()
    proxy.close()
  })
  return portOf(proxy.address())
}
