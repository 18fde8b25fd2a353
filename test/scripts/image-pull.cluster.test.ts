// image-pull.sh with real skopeo, on images as other builders make them: several layers, whiteouts, names in three spellings,
// one layer twice (BuildKit does that with the empty one).
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { temporaryFolder } from '../cluster/temporary-folder.ts'
import {
  pathWithImageTools,
  skipWithoutImageTools,
  skopeoHome,
  startRegistry,
  type Registry,
} from './image-tools.ts'
import { runScript, SHELLS, type Ended, type Shell } from './shell.ts'
import { makeTar } from './tar.ts'

const skip = await skipWithoutImageTools()
const PATH = skip === false ? await pathWithImageTools() : ''

type Layer = Readonly<Record<string, string>>
interface Descriptor {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
}

function digest(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}

async function send(url: string, method: string, type: string, body: Buffer): Promise<Response> {
  const answer = await fetch(url, { method, headers: { 'content-type': type }, body: new Uint8Array(body) })
  assert.ok(answer.ok, `${method} ${url}: ${answer.status}`)
  return answer
}

async function pushBlob(base: string, mediaType: string, bytes: Buffer): Promise<Descriptor> {
  const url = `${base}/blobs/uploads/?digest=${digest(bytes)}`
  await send(url, 'POST', 'application/octet-stream', bytes)
  return { mediaType, digest: digest(bytes), size: bytes.length }
}

/** Puts an image of these layers, from the lowest, into the registry. */
async function pushImage({ host }: Registry, name: string, layers: readonly Layer[]): Promise<string> {
  const base = `http://${host}/v2/${name}`
  const tars = layers.map(makeTar)
  const rootfs = { type: 'layers', diff_ids: tars.map(digest) }
  const config = Buffer.from(JSON.stringify({ architecture: 'amd64', os: 'linux', rootfs }))
  const type = 'application/vnd.oci.image.manifest.v1+json'
  const manifest = {
    schemaVersion: 2,
    mediaType: type,
    config: await pushBlob(base, 'application/vnd.oci.image.config.v1+json', config),
    layers: await Promise.all(
      tars.map(tar => pushBlob(base, 'application/vnd.oci.image.layer.v1.tar+gzip', gzipSync(tar))),
    ),
  }
  await send(`${base}/manifests/v1`, 'PUT', type, Buffer.from(JSON.stringify(manifest)))
  return `${host}/${name}:v1`
}

for (const [title, shell] of Object.entries(SHELLS)) {
  describe(`image-pull.sh in ${title}`, { skip }, () => {
    let registry: Registry
    before(async () => {
      registry = await startRegistry()
    })

    test('a data set of several layers comes as the last one leaves it', async () => {
      const image = await pushImage(registry, 'several', [
        {
          'data/': '',
          'data/old.csv': 'old',
          'data/train.csv': 'first',
          'data/more/': '',
          'data/more/a.csv': 'a',
        },
        {},
        { './data/train.csv': 'second', 'data/.wh.old.csv': '', 'etc/passwd': 'not ours' },
        {},
        { 'data/more/.wh..wh..opq': '', 'data/more/b.csv': 'b' },
      ])
      const { ended, files } = await pull(shell, registry, image)
      assert.equal(ended.code, 0, ended.log)
      assert.deepEqual(files, { 'train.csv': 'second', 'more/b.csv': 'b' })
    })

    test('a folder that a later layer replaces has nothing of the earlier one', async () => {
      const image = await pushImage(registry, 'replaced', [
        { 'data/': '', 'data/old.csv': 'old' },
        { '.wh.data': '' },
        { 'data/': '', 'data/new.csv': 'new' },
      ])
      const { ended, files } = await pull(shell, registry, image)
      assert.equal(ended.code, 0, ended.log)
      assert.deepEqual(files, { 'new.csv': 'new' })
    })

    test('what a broken attempt left behind is gone', async () => {
      const image = await pushImage(registry, 'again', [{ 'data/train.csv': 'whole' }])
      const to = temporaryFolder()
      writeFileSync(join(to, 'half.csv'), 'half')
      mkdirSync(join(to, '.kaito-pull'))
      const { files } = await pull(shell, registry, image, to)
      assert.deepEqual(files, { 'train.csv': 'whole' })
    })

    test('an image without the folder is refused by name', async () => {
      const image = await pushImage(registry, 'none', [{ 'database/x': '1' }])
      const { ended, files } = await pull(shell, registry, image)
      assert.equal(ended.code, 1)
      assert.match(ended.log, /none:v1 has no folder \/data/)
      assert.deepEqual(files, {})
    })

    test('an image that is not there fails after a few attempts', async () => {
      const { ended } = await pull(shell, registry, `${registry.host}/nothing:v1`)
      assert.equal(ended.code, 1)
      assert.match(ended.log, /nothing:v1 could not be pulled/)
    })
  })
}

async function pull(
  shell: Shell,
  registry: Registry,
  image: string,
  to = join(temporaryFolder(), 'data'),
): Promise<{ readonly ended: Ended; readonly files: Readonly<Record<string, string>> }> {
  const env = { PATH, HOME: skopeoHome(registry), PULL_PAUSE_SECONDS: '0' }
  const ended = await runScript(shell, 'image-pull.sh', { args: [image, 'data', to], env })
  const found = readdirSync(to, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())
  const paths = found.map(({ parentPath, name }) => join(parentPath, name))
  const files = paths.map(path => [path.slice(to.length + 1), readFileSync(path, 'utf8')] as const)
  return { ended, files: Object.fromEntries(files) }
}
