import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { buildInputs, cacheFolder, cacheKey } from './cache.ts'
import type { Toolchain } from './go.ts'
import { controlPlaneModule, type GoModule } from './modules.ts'
import { temporaryFolder } from './temporary-folder.ts'

const toolchain: Toolchain = { version: 'go1.26.0', os: 'linux', arch: 'amd64' }
const goMod = 'module x\nrequire k8s.io/kubernetes v1.35.4\n'

describe('the key of a build', () => {
  const folder = temporaryFolder()
  const keyOf = async (
    module: GoModule = controlPlaneModule,
    tools: Toolchain = toolchain,
  ): Promise<string> => cacheKey(await buildInputs(module, folder, tools))
  const write = (files: Readonly<Record<string, string>>): void => {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  }
  const original = { 'go.mod': goMod, 'go.sum': 'sum', 'main.go': 'package main' }

  for (const [name, change] of Object.entries({
    'go.mod': () => write({ 'go.mod': `${goMod}// changed\n` }),
    'go.sum': () => write({ 'go.sum': 'another sum' }),
    'main.go': () => write({ 'main.go': 'package other' }),
  })) {
    test(`changes with ${name}, and back`, async () => {
      write(original)
      const before = await keyOf()
      change()
      assert.notEqual(await keyOf(), before)
      write(original)
      assert.equal(await keyOf(), before)
    })
  }

  for (const [name, module, tools] of [
    ['the link flags', { ...controlPlaneModule, linkFlags: () => ['-s'] }, toolchain],
    ['the programs', { ...controlPlaneModule, programs: ['etcd'] }, toolchain],
    ['the package', { ...controlPlaneModule, packagePath: './cmd' }, toolchain],
    ['the tags', { ...controlPlaneModule, tags: ['other'] }, toolchain],
    ['the version of Go', controlPlaneModule, { ...toolchain, version: 'go1.26.1' }],
    ['the architecture', controlPlaneModule, { ...toolchain, arch: 'arm64' }],
    ['the system', controlPlaneModule, { ...toolchain, os: 'darwin' }],
  ] as const) {
    test(`changes with ${name}`, async () => {
      write(original)
      assert.notEqual(await keyOf(module, tools), await keyOf())
    })
  }

  test('is a name for a folder, whatever the order of the inputs', () => {
    assert.match(cacheKey({ a: '1', b: '2' }), /^[\da-f]{16}$/)
    assert.equal(cacheKey({ a: '1', b: '2' }), cacheKey({ b: '2', a: '1' }))
    assert.notEqual(cacheKey({ a: '1', b: '2' }), cacheKey({ a: '1b', '': '2' }))
  })
})

describe('the cache folder', () => {
  for (const [given, environment, want] of [
    ['XDG_CACHE_HOME', { XDG_CACHE_HOME: '/c', HOME: '/h' }, '/c'],
    ['HOME', { HOME: '/h' }, '/h/.cache'],
    ['a relative XDG_CACHE_HOME', { XDG_CACHE_HOME: 'c', HOME: '/h' }, '/h/.cache'],
    ['an empty XDG_CACHE_HOME', { XDG_CACHE_HOME: '', HOME: '/h' }, '/h/.cache'],
    ['neither', {}, `${homedir()}/.cache`],
  ] as const) {
    test(`with ${given}`, () => {
      assert.equal(cacheFolder(controlPlaneModule, environment), `${want}/kaito-native/control-plane`)
    })
  }
})

test('the link flags say the version of Kubernetes in go.mod', () => {
  const flags = controlPlaneModule.linkFlags(goMod).join(' ')
  assert.match(flags, /version\.gitVersion=v1\.35\.4 .*version\.gitMajor=1 .*version\.gitMinor=35$/)
  assert.throws(() => controlPlaneModule.linkFlags('module x\n'), /requires no k8s\.io\/kubernetes/)
})
