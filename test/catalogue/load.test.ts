import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { TestContext } from 'node:test'
import type { CatalogueError } from '../../src/catalogue/catalogue-error.ts'
import { loadCatalogue, loadPackaged } from '../../src/catalogue/load.ts'
import { packDirectory } from '../../src/catalogue/pack.ts'
import { PACKED_FILE } from '../../src/catalogue/packed.ts'
import { presetsDirectory } from '../../src/catalogue/package-root.ts'
import type { Catalogue } from '../../src/core/preset/catalogue.ts'
import { packaged } from '../core/preset/packaged.ts'
import { makeDirectory } from './temporary-directory.ts'

const ROCKET = `presets:
  - id: acme/Rocket-8B
    size: 14.96Gi
    architectures: [LlamaForCausalLM]
    config: {maxModelLen: 131072, layers: 32, heads: 32, kvHeads: 8, headDim: 128}
`

async function load(...directories: readonly string[]): Promise<Catalogue> {
  const loaded = await loadCatalogue({ directories })
  assert.ok(loaded.ok, JSON.stringify(loaded))
  return loaded.value
}

async function errorsOf(...directories: readonly string[]): Promise<readonly CatalogueError[]> {
  const loaded = await loadCatalogue({ directories })
  assert.ok(!loaded.ok)
  return loaded.errors
}

function bytes(catalogue: Catalogue): number | undefined {
  return catalogue.presets.find(preset => preset.name === 'rocket-8b')?.revisions[0]?.figures.weightBytes
}

/** The packaged catalogue as it would be installed elsewhere. */
function copyOfPresets(test: TestContext): string {
  const directory = makeDirectory(test, {})
  cpSync(presetsDirectory(), directory, { recursive: true })
  return directory
}

describe('loadCatalogue', () => {
  it('without directories is the packaged catalogue, always the same', async () => {
    assert.match(packaged.revision, /^[0-9a-f]{12}$/)
    assert.equal(packaged.presets.length, 65)
    assert.deepEqual(await load(), packaged)
  })

  it('adds the entries of a directory, also of its folder instance-types', async test => {
    const types =
      'cloud: gcp\ninstanceTypes:\n  - {name: x1, gpu: NVIDIA L4, gpuCount: 1, gpuMemoryGiB: 24, computeCapability: 8.9}\n'
    const directory = makeDirectory(test, {
      'rocket.yaml': ROCKET,
      'instance-types/x.yml': types,
      'notes.md': '# no',
    })
    const catalogue = await load(directory)
    assert.equal(catalogue.presets.length, packaged.presets.length + 1)
    assert.equal(catalogue.instanceTypes.length, packaged.instanceTypes.length + 1)
    assert.ok(catalogue.instanceTypes.some(type => type.name === 'x1' && type.cloud === 'gcp'))
    assert.notEqual(catalogue.revision, packaged.revision)
  })

  it('reads a mounted ConfigMap: links beside a folder that begins with dots', async test => {
    const directory = makeDirectory(test, { '..2026_01_01/rocket.yaml': ROCKET })
    symlinkSync('..2026_01_01', join(directory, '..data'))
    symlinkSync('..data/rocket.yaml', join(directory, 'rocket.yaml'))
    assert.equal((await load(directory)).presets.length, packaged.presets.length + 1)
  })

  it('lets a later directory replace an entry of the same name', async test => {
    const first = makeDirectory(test, { 'a.yaml': ROCKET })
    const second = makeDirectory(test, { 'b.yaml': ROCKET.replace('14.96Gi', '1Gi') })
    assert.equal(bytes(await load(first, second)), 2 ** 30)
    assert.equal(bytes(await load(second, first)), 16063177688)
  })

  it('names the directory that is missing or holds no YAML, with all other mistakes', async test => {
    const empty = makeDirectory(test, { 'presets.json': '{}' })
    const broken = makeDirectory(test, { 'a.yaml': ROCKET.replace('14.96Gi', 'big') })
    const missing = join(empty, 'nothing')
    const errors = await errorsOf(missing, empty, broken)
    assert.deepEqual(
      errors.map(({ file, line, column }) => [file, line, column]),
      [
        [missing, 1, 1],
        [empty, 1, 1],
        [join(broken, 'a.yaml'), 3, 5],
      ],
    )
    assert.match(errors[0]?.message ?? '', /^no such directory$/)
    assert.match(errors[1]?.message ?? '', /no \*\.yaml file/)
  })

  it('has a revision that follows the data, and neither order nor layout', async test => {
    const other = ROCKET.replace('Rocket-8B', 'Sled-8B')
    const together = makeDirectory(test, { 'all.yaml': ROCKET + other.replace('presets:\n', '') })
    const apart = makeDirectory(test, { '1.yaml': `# first\n${other}`, '2.yaml': ROCKET })
    assert.equal((await load(together)).revision, (await load(apart)).revision)
    const changed = makeDirectory(test, {
      '1.yaml': other.replace('kvHeads: 8', 'kvHeads: 4'),
      '2.yaml': ROCKET,
    })
    assert.notEqual((await load(changed)).revision, (await load(apart)).revision)
  })
})

describe('the packed catalogue', () => {
  it('is up to date (`node tools/presets.ts` writes it)', () => {
    const packed = packDirectory(presetsDirectory())
    assert.ok(packed.ok, JSON.stringify(packed))
    assert.ok(
      readFileSync(join(presetsDirectory(), PACKED_FILE), 'utf8') === packed.text,
      'run node tools/presets.ts',
    )
  })

  it('says the same as the YAML', async test => {
    const directory = copyOfPresets(test)
    renameSync(join(directory, PACKED_FILE), join(directory, 'packed.old'))
    assert.deepEqual(await loadPackaged(directory), { ok: true, value: packaged })
  })

  it('counts for nothing when a file or a schema has changed', async test => {
    const directory = copyOfPresets(test)
    const file = join(directory, 'granite.yaml')
    const text = readFileSync(file, 'utf8')
    writeFileSync(file, text.replace('16.38Gi', '16.39Gi'))
    const changed = await loadPackaged(directory)
    assert.ok(changed.ok && changed.value.revision !== packaged.revision)
    writeFileSync(file, text.replace('16.38Gi', '16.38GB'))
    const broken = await loadPackaged(directory)
    assert.ok(!broken.ok)
    assert.deepEqual(
      broken.errors.map(error => error.file),
      [file],
    )
  })

  it('counts for nothing when it cannot be read', async test => {
    const directory = copyOfPresets(test)
    writeFileSync(join(directory, PACKED_FILE), '<<<<<<< HEAD\n')
    assert.deepEqual(await loadPackaged(directory), { ok: true, value: packaged })
  })

  it('is read without YAML parser and validator, which take longer to load than all the rest', () => {
    const script = `
      const { registerHooks } = await import('node:module')
      const loaded = []
      registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) })
      const { loadCatalogue } = await import(${JSON.stringify(new URL('../../src/catalogue/load.ts', import.meta.url).href)})
      const { ok } = await loadCatalogue()
      console.log(JSON.stringify({ ok, loaded }))`
    const child = spawnSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' })
    assert.equal(child.status, 0, child.stderr)
    const { ok, loaded }: { ok: boolean; loaded: readonly string[] } = JSON.parse(child.stdout)
    assert.ok(ok)
    assert.ok(loaded.some(url => url.endsWith('/catalogue/merge.ts')))
    assert.deepEqual(
      loaded.filter(url => url.includes('/node_modules/')),
      [],
    )
  })

  it('is found from a built tree as well', async test => {
    const root = makeDirectory(test, { 'package.json': '{"type":"module"}' })
    cpSync(presetsDirectory(), join(root, 'presets'), { recursive: true })
    mkdirSync(join(root, 'dist'))
    cpSync(join(presetsDirectory(), '..', 'src'), join(root, 'dist', 'src'), { recursive: true })
    const { loadCatalogue: loadBuilt }: { loadCatalogue: typeof loadCatalogue } = await import(
      join(root, 'dist', 'src', 'catalogue', 'load.ts')
    )
    assert.deepEqual(await loadBuilt(), { ok: true, value: packaged })
  })
})
