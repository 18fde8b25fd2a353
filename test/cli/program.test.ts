// The command line as a whole: exit codes (0 done, 1 refused, 2 wrong usage), data on stdout, everything else on stderr, and
// the real process with pipes.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { text } from 'node:stream/consumers'
import { describe, it } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { repositoryFile, runCli, type CliOutcome } from './run-cli.ts'
import { createTemporaryFiles } from './temporary-file.ts'

const file = createTemporaryFiles()
const MAIN = fileURLToPath(repositoryFile('src/main.ts'))
const SAMPLE = fileURLToPath(repositoryFile('manifests/samples/phi-4-mini.yaml'))

interface ProcessInput {
  /** Written to its stdin; nothing unless given. */
  readonly stdin?: string
  /** Flags of Node itself. */
  readonly flags?: readonly string[]
  /** What its stderr must say before anything is written. */
  readonly writeAfter?: RegExp
}

/** The program as its own process. */
async function runProcess(args: readonly string[], input: ProcessInput = {}): Promise<CliOutcome> {
  const { stdin = '', flags = [], writeAfter = /^/ } = input
  const child = spawn(process.execPath, [...flags, MAIN, ...args])
  const heard: string[] = []
  const write = (): void => {
    if (!child.stdin.writableEnded && writeAfter.test(heard.join(''))) child.stdin.end(stdin)
  }
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    heard.push(chunk)
    write()
  })
  write()
  // A program that ends without reading breaks the pipe: its exit code says why.
  child.stdin.on('error', () => undefined)
  const [stdout, [code]] = await Promise.all([text(child.stdout), once(child, 'close') as Promise<[number]>])
  return { code, stdout, stderr: heard.join('') }
}

describe('wrong usage is exit code 2', () => {
  const table: readonly (readonly [args: readonly string[], stderr: RegExp])[] = [
    [[], /Usage: kaito-native/],
    [['nonsense'], /unknown command 'nonsense'/],
    [['rendr'], /Did you mean render\?/],
    [['render'], /required option '-f, --file <file>' not specified/],
    [['render', '-f'], /argument missing/],
    [['render', '-f', SAMPLE, '--nonsense'], /unknown option '--nonsense'/],
    [['render', '-f', SAMPLE, '-o', 'xml'], /Allowed choices are yaml, json, patch, diff, decision/],
    [['render', '-f', SAMPLE, '--cloud', 'any'], /Allowed choices are azure, aws, gcp, arc/],
    [['validate'], /required option '-f, --file <file>' not specified/],
    [['validate', '-f', SAMPLE, '-o', 'yaml'], /Allowed choices are text, json, sarif/],
    [['validate', '-f', '-', '--policy', '-'], /stdin \('-'\) can be read once only/],
    [['validate', '-f', SAMPLE, '--polcy', SAMPLE], /Did you mean --policy\?/],
    [['validate', '-f', SAMPLE, SAMPLE], /too many arguments for 'validate'/],
    [['render', '-f', SAMPLE, '-f', SAMPLE], /one file at a time/],
    [['uninject', '-f', SAMPLE, '-o', 'patch'], /Allowed choices are yaml, json/],
    [['presets', '-o', 'xml'], /Allowed choices are table, json, yaml/],
    [['status', '-o', 'wide'], /Allowed choices are table, json/],
    [['status', 'pod/x'], /must be NAME or KIND\/NAME, where KIND is one of deployment, statefulset, job/],
    [['status', '-n', 'No_Namespace'], /must be the name of a namespace/],
    [['release'], /missing required argument 'kind\/name'/],
    [['release', 'phi'], /must be KIND\/NAME, where KIND is one of deployment, statefulset, job, pod/],
    [['release', 'node/phi'], /must be KIND\/NAME/],
    [['release', 'pod/../phi'], /must be KIND\/NAME/],
  ]
  for (const [args, stderr] of table)
    it(`kaito-native ${args.map(arg => (arg === SAMPLE ? 'FILE' : arg)).join(' ')}`, async () => {
      const outcome = await runCli(args)
      assert.deepEqual([outcome.code, outcome.stdout], [2, ''])
      assert.match(outcome.stderr, stderr)
    })
})

const COMMANDS = 'render validate uninject convert fit presets status release serve demo'.split(' ')

describe('help and version', () => {
  it('are data on stdout, exit code 0', async () => {
    assert.deepEqual(await runCli(['--version']), { code: 0, stdout: '1.2.3\n', stderr: '' })
    for (const args of [['--help'], ['help', 'fit'], ...COMMANDS.map(command => [command, '--help'])]) {
      const { code, stdout, stderr } = await runCli(args)
      assert.deepEqual([code, stderr], [0, ''])
      assert.match(stdout, /^Usage: kaito-native/)
    }
  })

  it('name every command, and the exit codes', async () => {
    const { stdout } = await runCli(['--help'])
    for (const command of COMMANDS) assert.match(stdout, new RegExp(`^ {2}${command}\\b`, 'm'))
    assert.match(stdout, /Exit codes: 0 done, 1 refused or not healthy, 2 wrong usage\./)
  })
})

describe('a file that cannot be read is exit code 1, with its place and no stack trace', () => {
  const table: readonly (readonly [name: string, content: string, place: string])[] = [
    ['an open bracket', 'a: [1\nb: 2\n', '2:1'],
    ['a key twice', 'a: 1\nb:\n  c: 1\n  c: 2\n', '4:3'],
    ['a tab', 'a:\n\tb: 1\n', '2:1'],
    ['an unknown alias', 'a: 1\nb: *x\n', '2:4'],
    ['an anchor in itself', 'a: 1\nb: &b\n  c: {d: *b}\n', '3:10'],
    ['an anchor merged into itself', 'a: &a\n  <<: [*a]\n', '2:8'],
    ['the second document', 'a: 1\n---\nb: }\n', '3:4'],
    [
      'too many aliases',
      `a: &a [x]\n${'bcdefgh'
        .split('')
        .map((key, index) => `${key}: &${key} [${`*${'abcdefg'[index] ?? ''},`.repeat(9)}]\n`)
        .join('')}`,
      '1:1',
    ],
  ]
  for (const command of ['render', 'validate', 'uninject', 'convert'])
    for (const [name, content, place] of table)
      it(`${command}: ${name}`, async () => {
        const path = file('bad.yaml', content)
        const { code, stdout, stderr } = await runCli([command, '-f', path])
        assert.deepEqual([code, stdout], [1, ''])
        assert.ok(stderr.startsWith(`error: ${path}:${place}: `), stderr)
        assert.doesNotMatch(stderr, /\n {4}at /)
      })

  it('names every mistake of a file', async () => {
    const { stderr } = await runCli(['render', '-f', file('two.yaml', 'a: 1\na: 2\n---\nb: 1\nb: 2\n')])
    assert.equal(stderr.trimEnd().split('\n').length, 2)
  })

  it('that is not there, or a folder', async () => {
    assert.deepEqual(await runCli(['render', '-f', '/nonexistent.yaml']), {
      code: 1,
      stdout: '',
      stderr: 'error: /nonexistent.yaml: cannot be read: no such file\n',
    })
    assert.match((await runCli(['render', '-f', tmpdir()])).stderr, /cannot be read: is a folder, not a file/)
  })
})

describe('the process', () => {
  const sample = readFileSync(SAMPLE, 'utf8')

  it('reads stdin for -, however late it comes', async () => {
    const { code, stdout } = await runProcess(['render', '-f', '-', '-o', 'diff'], {
      stdin: sample,
      flags: ['--import', preload('ticks.mjs', TICK)],
      // The command is loaded, and its event loop has turned ten times over an empty pipe.
      writeAfter: /src\/cli\/documents\.ts[^]*(tick[^]*){10}/,
    })
    assert.equal(code, 0)
    assert.match(stdout, /^--- stdin\n\+\+\+ stdin \(rendered\)\n/)
  })

  it('prints a refusal without a stack trace, and ends with 1', async () => {
    const { code, stdout, stderr } = await runProcess(['render', '-f', '-'], {
      stdin: sample.replace('phi-4-mini-instruct', 'nonsense'),
    })
    assert.deepEqual([code, stdout], [1, ''])
    assert.match(stderr, /^error: -: Deployment\/phi-4-mini is refused:\n/)
    assert.doesNotMatch(stderr, /\n {4}at /)
  })

  it('validates stdin: findings on stdout, the count on stderr, exit code 1', async () => {
    const { code, stdout, stderr } = await runProcess(['validate', '-f', '-'], {
      stdin: sample.replace('phi-4-mini-instruct', 'nonsense'),
    })
    assert.equal(code, 1)
    assert.match(
      stdout,
      /^-:6:17: error: metadata\.annotations\[kaito\.sh\/preset\]: Not found: "nonsense": .*\n$/,
    )
    assert.equal(stderr, '1 of 1 annotated workload refused: 1 error\n')
  })

  for (const command of ['render', 'validate'])
    it(`never loads the Kubernetes client, the servers or the schema validator for ${command}`, async () => {
      const flags = ['--import', preload('modules.mjs', RECORD_MODULES)]
      const { code, stderr } = await runProcess([command, '-f', SAMPLE], { flags })
      assert.equal(code, 0)
      const modules = [...stderr.matchAll(/^module (.*)$/gm)].map(([, url = '']) => url)
      const packages = new Set(
        modules.flatMap(url => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.slice(1, 2) ?? []),
      )
      assert.ok(
        modules.some(url => url.endsWith('/src/core/admit/mutate.ts')),
        'the recorder records',
      )
      assert.deepEqual([...packages].toSorted(), ['commander', 'jsonpatch', 'yaml'])
      assert.ok(!modules.some(url => /\/(kube|ops|webhooks|certs)\//.test(url)), modules.join('\n'))
    })
})

/** Writes a module that Node runs before the program; its URL. */
function preload(name: string, source: string): string {
  return pathToFileURL(file(name, source)).href
}

/** Runs before the program: every module that is resolved, ES module or not, on stderr. */
const RECORD_MODULES = `
import { registerHooks } from 'node:module'
registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context)
    process.stderr.write('module ' + found.url + '\\n')
    return found
  },
})
`

/** The same, and a sign of life at every turn of the event loop. */
const TICK = `${RECORD_MODULES}setInterval(() => process.stderr.write('tick\\n'), 5).unref()\n`
