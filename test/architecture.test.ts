// The arrows of the house: who may import whom, which package lives where, what no file may be. Each rule is shown a bad
// example too, so that a rule that finds nothing is one that could have.
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { describe, it } from 'node:test'

const ROOT = join(import.meta.dirname, '..')

interface SourceFile {
  /** From the repository's root, with `/`. */
  readonly path: string
  readonly text: string
}

/** What a file says that a rule forbids, as `path: what`. */
type Rule = (file: SourceFile) => readonly string[]

const FILES: readonly SourceFile[] = globSync(['src/**/*.ts', 'webhooks/**/*.ts', 'certs/**/*.ts'], {
  cwd: ROOT,
})
  .map(path => path.replaceAll('\\', '/'))
  .toSorted()
  .map(path => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }))

/** Specifiers of imports and re-exports, static and dynamic. */
function importsOf({ text }: SourceFile): readonly string[] {
  const patterns = [
    /^\s*(?:import|export)\s[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]/gm,
    /\bimport\(\s*['"]([^'"]+)['"]/g,
    /^\s*import\s*['"]([^'"]+)['"]/gm,
  ]
  return patterns.flatMap(pattern => [...text.matchAll(pattern)].flatMap(match => match.slice(1, 2)))
}

/** The repository's files that a file imports, by path from the root. */
function localImportsOf(file: SourceFile): readonly string[] {
  return importsOf(file)
    .filter(specifier => specifier.startsWith('.'))
    .map(specifier => posix.join(posix.dirname(file.path), specifier))
}

/** `@scope/name` or `name` of the packages that a file imports; Node's own keep their prefix. */
function packagesOf(file: SourceFile): readonly string[] {
  return importsOf(file)
    .filter(specifier => !specifier.startsWith('.'))
    .map(specifier =>
      specifier.startsWith('node:') ? specifier : (/^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier),
    )
}

function startsIn(path: string, folders: readonly string[]): boolean {
  return folders.some(folder => path === folder || path.startsWith(`${folder}/`))
}

const purity: Rule = file => {
  if (!startsIn(file.path, ['src/core'])) return []
  const outside = localImportsOf(file).filter(path => !startsIn(path, ['src/core']))
  const packages = packagesOf(file).filter(name => name !== 'node:crypto')
  return [...outside, ...packages].map(name => `${file.path}: the core imports ${name}`)
}

/** Top to bottom; folders on one line do not know each other. */
const LAYERS: readonly (readonly string[])[] = [
  ['convert'],
  ['admit'],
  ['claim', 'companion', 'status'],
  ['policy'],
  ['patch'],
  ['template'],
  ['sizing'],
  ['preset'],
  ['workload'],
  ['intent'],
  ['api'],
]

function layerOf(path: string): { readonly folder: string; readonly rank: number } | undefined {
  const folder = /^src\/core\/([^/]+)\//.exec(path)?.[1]
  return folder === undefined
    ? undefined
    : { folder, rank: LAYERS.findIndex(layer => layer.includes(folder)) }
}

const layering: Rule = file => {
  const own = layerOf(file.path)
  if (own === undefined) return []
  if (own.rank < 0) return [`${file.path}: ${own.folder} is no layer of the core`]
  return localImportsOf(file).flatMap(path => {
    const other = layerOf(path)
    const isBelow = other !== undefined && (other.folder === own.folder || other.rank > own.rank)
    return isBelow || !startsIn(path, ['src/core'])
      ? []
      : [`${file.path}: ${own.folder} imports upward, ${path}`]
  })
}

const CONFIG = ['src/config.ts', 'src/config-values.ts']
/** What each part may import besides itself and the core; the composition (main, cli) may import every one but main. */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  'src/catalogue': [],
  'src/kube': [],
  'src/ops': [],
  'src/controller': [],
  webhooks: [],
  certs: [],
  'src/config.ts': CONFIG,
  'src/config-values.ts': CONFIG,
}

const shells: Rule = file => {
  const part = Object.keys(PARTS).find(name => startsIn(file.path, [name]))
  if (part === undefined) return []
  const allowed = ['src/core', part, ...(PARTS[part] ?? [])]
  return localImportsOf(file)
    .filter(path => !startsIn(path, allowed))
    .map(path => `${file.path}: ${part} imports ${path}`)
}

const everyPartIsKnown: Rule = ({ path }) => {
  const known = ['src/core', 'src/cli', 'src/main.ts', ...Object.keys(PARTS)]
  return startsIn(path, known) ? [] : [`${path}: belongs to no part`]
}

/** Each third-party package has one home (the YAML parser three: data, users' files, and kubeconfigs). */
const HOMES: Readonly<Record<string, readonly string[]>> = {
  '@kubernetes/client-node': ['src/kube'],
  express: ['webhooks'],
  'node-forge': ['certs'],
  pino: ['src/ops'],
  'prom-client': ['src/ops'],
  ajv: ['src/catalogue'],
  yaml: ['src/catalogue', 'src/cli', 'src/kube'],
  jsonpatch: ['src/cli'],
  diff: ['src/cli'],
  commander: ['src/cli'],
}

const homes: Rule = file =>
  packagesOf(file)
    .filter(name => !name.startsWith('node:') && !startsIn(file.path, HOMES[name] ?? []))
    .map(name => `${file.path}: ${name} is not at home here`)

const environment: Rule = ({ path, text }) =>
  /\bprocess\s*\.\s*env\b|\bprocess\s*\[/.test(text) &&
  !['src/config.ts', 'src/cli/run-serve.ts'].includes(path)
    ? [`${path}: reads the environment`]
    : []

const entryPoint: Rule = file =>
  localImportsOf(file)
    .filter(path => path === 'src/main.ts')
    .map(() => `${file.path}: imports main.ts`)

const exportsByName: Rule = ({ path, text }) =>
  /^\s*export\s+default\b|\bas\s+default\b/m.test(text) ? [`${path}: has a default export`] : []

const noBarrel: Rule = ({ path, text }) =>
  /^\s*export\s+(?:type\s+)?(?:\*|\{[^}]*\})(?:\s+as\s+\w+)?\s+from\b/m.test(text)
    ? [`${path}: passes on what another file exports`]
    : []

const names: Rule = ({ path }) =>
  /(^|\/)(index|[a-z-]*(utils?|helpers?|common|managers?))(\.ts$|\/)/.test(path)
    ? [`${path}: a name that says nothing`]
    : []

interface Case {
  readonly name: string
  readonly rule: Rule
  /** A file that breaks the rule. */
  readonly bad: readonly SourceFile[]
  /** A file that looks like it and is fine. */
  readonly good: readonly SourceFile[]
}

function makeFile(path: string, text = ''): SourceFile {
  return { path, text }
}

const CASES: readonly Case[] = [
  {
    name: 'the core is pure: relative imports inside of it, and node:crypto',
    rule: purity,
    bad: [
      makeFile('src/core/api/x.ts', "import { readFileSync } from 'node:fs'"),
      makeFile('src/core/api/x.ts', "import type {\n  V1Pod,\n} from '@kubernetes/client-node'"),
      makeFile('src/core/admit/x.ts', "const x = await import('../../kube/client.ts')"),
      makeFile('src/core/admit/x.ts', "export { x } from '../../cli/io.ts'"),
      makeFile('src/core/x.ts', "import 'yaml'"),
    ],
    good: [
      makeFile('src/core/api/hash.ts', "import { hash } from 'node:crypto'\nimport type { X } from './x.ts'"),
    ],
  },
  {
    name: 'the core’s layers import downward only',
    rule: layering,
    bad: [
      makeFile('src/core/api/x.ts', "import { y } from '../intent/y.ts'"),
      makeFile('src/core/template/steps/x.ts', "import { y } from '../../patch/y.ts'"),
      makeFile('src/core/claim/x.ts', "import { y } from '../status/y.ts'"),
      makeFile('src/core/sizing/x.ts', "import { y } from '../template/y.ts'"),
      makeFile('src/core/ponies/x.ts'),
    ],
    good: [
      makeFile('src/core/patch/x.ts', "import { y } from '../template/y.ts'\nimport { z } from './z.ts'"),
    ],
  },
  {
    name: 'shells and adapters do not import each other',
    rule: shells,
    bad: [
      makeFile('src/kube/x.ts', "import { y } from '../ops/log.ts'"),
      makeFile('webhooks/x.ts', "import { y } from '../certs/y.ts'"),
      makeFile('src/catalogue/x.ts', "import { y } from '../cli/io.ts'"),
      makeFile('src/ops/x.ts', "import { y } from '../config.ts'"),
      makeFile('src/config.ts', "import { y } from './kube/y.ts'"),
    ],
    good: [
      makeFile('webhooks/x.ts', "import { y } from '../src/core/api/y.ts'\nimport { z } from './z.ts'"),
      makeFile('src/cli/serve.ts', "import { y } from '../kube/y.ts'\nimport { z } from '../../certs/z.ts'"),
    ],
  },
  {
    name: 'every file belongs to a part',
    rule: everyPartIsKnown,
    bad: [makeFile('src/lib/x.ts'), makeFile('src/other.ts')],
    good: [makeFile('src/main.ts'), makeFile('src/core/api/x.ts')],
  },
  {
    name: 'each third-party package is imported in its home only',
    rule: homes,
    bad: [
      makeFile('src/cli/x.ts', "import { KubeConfig } from '@kubernetes/client-node'"),
      makeFile('src/ops/x.ts', "import { parse } from 'yaml'"),
      makeFile('webhooks/x.ts', "import pino from 'pino'"),
      makeFile('src/cli/x.ts', "import lodash from 'lodash'"),
      makeFile('src/cli/x.ts', "const client = await import('@kubernetes/client-node/dist/api.js')"),
    ],
    good: [makeFile('src/cli/x.ts', "import { parse } from 'yaml'\nimport { join } from 'node:path'")],
  },
  {
    name: 'the environment is read in config.ts and handed over in run-serve.ts',
    rule: environment,
    bad: [
      makeFile('src/cli/io.ts', 'const x = process.env.HOME'),
      makeFile('src/ops/x.ts', "const x = process['env']"),
    ],
    good: [makeFile('src/config.ts', 'process.env'), makeFile('src/main.ts', 'process.argv')],
  },
  {
    name: 'nobody imports main.ts',
    rule: entryPoint,
    bad: [makeFile('src/cli/x.ts', "import { y } from '../main.ts'")],
    good: [makeFile('src/cli/x.ts', "import { y } from '../core/main.ts'")],
  },
  {
    name: 'nothing is exported by default',
    rule: exportsByName,
    bad: [
      makeFile('src/x.ts', 'export default 1'),
      makeFile('src/x.ts', 'const a = 1\nexport { a as default }'),
    ],
    good: [makeFile('src/x.ts', 'export const a = 1 // the default')],
  },
  {
    name: 'no file passes on another’s exports',
    rule: noBarrel,
    bad: [
      makeFile('src/x.ts', "export * from './y.ts'"),
      makeFile('src/x.ts', "export type {\n  Y,\n} from './y.ts'"),
      makeFile('src/x.ts', "export * as y from './y.ts'"),
    ],
    good: [makeFile('src/x.ts', "export const a = 1\nimport { b } from './b.ts'\nexport { a as c }")],
  },
  {
    name: 'no file is called utils, helpers, common, manager or index',
    rule: names,
    bad: [
      'src/core/utils.ts',
      'src/kube/pod-helpers.ts',
      'src/common/x.ts',
      'webhooks/index.ts',
      'src/claim-manager.ts',
    ].map(path => makeFile(path)),
    good: [makeFile('src/core/api/result.ts'), makeFile('src/kube/managed-fields.ts')],
  },
]

describe('the architecture', () => {
  it('is looked at in whole', () => {
    assert.ok(FILES.length > 100)
    assert.ok(FILES.flatMap(importsOf).length > 300)
  })

  for (const { name, rule, bad, good } of CASES) {
    it(name, () => assert.deepEqual(FILES.flatMap(rule), []))

    it(`${name}: the rule can fail, and does not fail what is fine`, () => {
      for (const example of bad) assert.equal(rule(example).length, 1, example.path + example.text)
      for (const example of good) assert.deepEqual(rule(example), [])
    })
  }

  it('has a home for every dependency of the package', () => {
    const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      dependencies: object
    }
    assert.deepEqual(Object.keys(HOMES).toSorted(), Object.keys(dependencies).toSorted())
  })

  it('has no cycle of files', () => assert.deepEqual(cyclesOf(FILES), []))

  it('would see a cycle', () => {
    const files = [
      makeFile('a.ts', "import './b.ts'"),
      makeFile('b.ts', "import './c.ts'"),
      makeFile('c.ts', "import './a.ts'"),
    ]
    assert.deepEqual(cyclesOf(files), ['a.ts → b.ts → c.ts → a.ts'])
  })
})

/** Files that import each other in a ring, types aside: those are gone before anything runs. */
function cyclesOf(files: readonly SourceFile[]): readonly string[] {
  const byPath = new Map(files.map(one => [one.path, valueImportsOf(one)]))
  const done = new Set<string>()
  const cycles: string[] = []
  const visit = (path: string, way: readonly string[]): void => {
    if (way.includes(path)) cycles.push([...way.slice(way.indexOf(path)), path].join(' → '))
    if (way.includes(path) || done.has(path)) return
    for (const next of byPath.get(path) ?? []) visit(next, [...way, path])
    done.add(path)
  }
  for (const path of byPath.keys()) visit(path, [])
  return cycles
}

function valueImportsOf({ path, text }: SourceFile): readonly string[] {
  return localImportsOf({ path, text: text.replaceAll(/^\s*import\s+type\s[^'"]*['"][^'"]+['"]/gm, '') })
}
