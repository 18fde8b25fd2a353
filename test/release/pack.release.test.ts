// The package as people get it: the packed tarball, installed into an empty folder by npm, run by the Node that runs this
// test. Type stripping is switched off there, so nothing that is installed can be TypeScript.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, describe, it } from 'node:test'
import { temporaryFolder } from '../cluster/temporary-folder.ts'
import { makeInstallation, root, runChecked, type Installation } from './make-installation.ts'

const SAMPLE = join('manifests', 'samples', 'phi-4-mini.yaml')

describe('the packed tarball', () => {
  const folder = temporaryFolder()
  let installation: Installation
  before(() => {
    installation = makeInstallation(folder)
  })

  it('holds the program, its data and what npm always adds', () => {
    const strangers = installation.entries.filter(
      entry => !/^(dist|presets|manifests|scripts)\/|^(package\.json|README\.md|LICENSE)$/.test(entry),
    )
    assert.deepEqual(strangers, [])
    for (const expected of ['dist/src/main.js', 'presets/packed.json', 'scripts/tuning-push.sh', SAMPLE])
      assert.ok(installation.entries.includes(expected), expected)
  })

  it('holds no sources, no tests and no keys', () => {
    const unwanted = installation.entries.filter(entry => /\.tsx?$|\.test\.|\.(pem|key|crt|p12)$/.test(entry))
    assert.deepEqual(unwanted, [])
    const withKeys = installation.entries.filter(entry =>
      /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(readFileSync(installation.path(entry), 'utf8')),
    )
    assert.deepEqual(withKeys, [])
  })

  it('asks for Node 24 or newer', () => {
    const { engines } = JSON.parse(readFileSync(installation.path('package.json'), 'utf8')) as {
      engines: Readonly<Record<string, string>>
    }
    assert.deepEqual(engines, { node: '>=24' })
  })

  it('is installed with everything that it needs', () => {
    const { problems = [] } = JSON.parse(installation.npm(['ls', '--all', '--json'])) as {
      problems?: readonly string[]
    }
    assert.deepEqual(problems, [])
  })

  it('knows its version', () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
    assert.equal(installation.run(['--version']), `${version}\n`)
  })

  const commands = {
    'render as YAML': ['render', '-f', join(root, SAMPLE)],
    'render as a patch': ['render', '-f', join(root, SAMPLE), '-o', 'patch'],
    'render as a diff': ['render', '-f', join(root, SAMPLE), '-o', 'diff'],
    'presets as JSON': ['presets', '-o', 'json'],
    fit: ['fit', 'phi-4-mini-instruct'],
  }
  for (const [name, args] of Object.entries(commands))
    it(`prints what the checkout prints: ${name}`, () => {
      const checkout = runChecked(process.execPath, [join(root, 'src', 'main.ts'), ...args])
      assert.ok(checkout.length > 100, 'the checkout prints something')
      assert.equal(installation.run(args), checkout)
    })

  it('has its own sample, and takes back what it rendered', () => {
    const sample = installation.path(SAMPLE)
    const rendered = installation.run(['render', '-f', sample])
    assert.match(rendered, /kaito\.sh\/plan: /)
    const bare = installation.run(['uninject', '-f', '-'], rendered)
    assert.equal(installation.run(['render', '-f', '-'], bare), rendered)
  })

  it('shows the offline part of the demo, says that it is one, and ends', () => {
    const shown = installation.run(['demo', '--once'])
    assert.match(shown, /^\+.*kaito\.sh\/plan/m)
    assert.match(shown, /offline part/)
  })

  it('loads all of serve, which then tells what is wrong with its kubeconfig', () => {
    const { status, stderr } = installation.start(['serve', '--kubeconfig', join('no', 'such', 'kubeconfig')])
    assert.equal(status, 1)
    assert.match(stderr, /kubeconfig: .*no such file/)
  })
})
