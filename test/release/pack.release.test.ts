// The release as a user gets it: the packed tarball, installed into an empty folder, run by the pinned Node.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'

const run = promisify(execFile)
const root = join(import.meta.dirname, '..', '..')
const MAX_OUTPUT_BYTES = 2 ** 24

interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

await describe('the packed tarball', () => {
  let folder = ''
  let files: readonly string[] = []

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kaito-native-release-'))
    const packed = await run('npm', ['pack', '--json', '--pack-destination', folder], {
      cwd: root,
      maxBuffer: MAX_OUTPUT_BYTES,
    })
    const list: unknown = JSON.parse(packed.stdout.slice(packed.stdout.indexOf('[')))
    const [{ filename, files: entries }] = list as [{ filename: string; files: { path: string }[] }]
    files = entries.map(({ path }) => path)
    await writeFile(join(folder, 'package.json'), '{"name": "empty", "private": true}\n')
    await run('npm', ['install', '--omit=dev', '--no-audit', '--no-fund', join(folder, filename)], {
      cwd: folder,
    })
  })

  after(() => rm(folder, { recursive: true, force: true }))

  async function kaitoNative(...args: readonly string[]): Promise<Ended> {
    const main = join(folder, 'node_modules', 'kaito-native', 'dist', 'src', 'main.js')
    const options = { cwd: folder, maxBuffer: MAX_OUTPUT_BYTES }
    try {
      return { code: 0, ...(await run(process.execPath, ['--no-strip-types', main, ...args], options)) }
    } catch (error) {
      return error as Ended
    }
  }

  it('holds what it needs and nothing else: no sources, tests or keys', () => {
    assert.ok(
      files.includes('dist/src/main.js') &&
        files.includes('presets/phi.yaml') &&
        files.includes('manifests/samples/phi-4-mini.yaml'),
    )
    assert.deepEqual(
      files.filter(file => /\.ts$|(^|\/)test\/|\.(pem|key|crt)$/.test(file)),
      [],
    )
  })

  it('asks for Node 24 or newer, and all its packages are there', async () => {
    const { engines } = JSON.parse(
      await readFile(join(folder, 'node_modules', 'kaito-native', 'package.json'), 'utf8'),
    ) as { engines: { node: string } }
    assert.equal(engines.node, '>=24')
    await run('npm', ['ls', '--omit=dev'], { cwd: folder })
  })

  it('runs the offline commands', async () => {
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string }
    assert.equal((await kaitoNative('--version')).stdout.trim(), version)
    const sample = join(folder, 'node_modules', 'kaito-native', 'manifests', 'samples', 'phi-4-mini.yaml')
    assert.match(
      (await kaitoNative('render', '-f', sample)).stdout,
      /image: mcr\.microsoft\.com\/aks\/kaito\/kaito-base/,
    )
    assert.ok((JSON.parse((await kaitoNative('presets', '-o', 'json')).stdout) as unknown[]).length >= 60)
    assert.match((await kaitoNative('fit', 'phi-4-mini-instruct')).stdout, /Standard_NC24ads_A100_v4/)
  })

  it('serve starts as far as asking for a cluster', async () => {
    const { code, stderr } = await kaitoNative('serve', '--kubeconfig', join(folder, 'none'))
    assert.equal(code, 1)
    assert.match(stderr, /none/)
  })

  it('demo plays the offline part, says so, and exits with 0', async () => {
    const { code, stdout } = await kaitoNative('demo', '--once')
    assert.equal(code, 0)
    assert.match(stdout, /That was the offline part/)
  })
})
