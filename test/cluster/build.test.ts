import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { builtPrograms, moduleFolder } from './build.ts'
import { cacheFolder } from './cache.ts'
import { controlPlaneUnavailable } from './control-plane-programs.ts'
import { findToolchain } from './go.ts'
import { controlPlaneModule, type GoModule } from './modules.ts'
import { runNode } from './node-process.ts'
import { poll } from './poll.ts'
import { processesMentioning } from './running-processes.ts'
import { temporaryFolder } from './temporary-folder.ts'

const timeoutMs = 60_000
const program = `package main
import ("os"; "path/filepath")
var version = "none"
func main() { os.Stdout.WriteString(filepath.Base(os.Args[0]) + " " + version + "\\n") }
`

const toolchain = await findToolchain(moduleFolder(controlPlaneModule), process.env)
const skip = 'missing' in toolchain ? `needs Go: ${toolchain.missing}` : false

// Go's own cache would move with XDG_CACHE_HOME, and be cold.
const goCache = skip === false ? execFileSync('go', ['env', 'GOCACHE'], { encoding: 'utf8' }).trim() : ''

// A module that builds in a second, with a cache of its own.
const makeModule = (
  folder: string,
  mainGo = program,
): { module: GoModule; environment: NodeJS.ProcessEnv } => {
  const source = join(folder, 'source')
  mkdirSync(source)
  writeFileSync(join(source, 'go.mod'), 'module example.test/tool\n\ngo 1.21\n')
  writeFileSync(join(source, 'main.go'), mainGo)
  const module: GoModule = {
    folder: pathToFileURL(source).href,
    name: 'tool',
    title: 'the tool',
    packagePath: '.',
    programs: ['first', 'second'],
    watchesLifeline: false,
    firstBuild: 'a second',
    linkFlags: () => ['-X', 'main.version=v7'],
  }
  return { module, environment: { ...process.env, XDG_CACHE_HOME: join(folder, 'cache'), GOCACHE: goCache } }
}

// What another process runs to build the same module.
const builder = (module: GoModule): string => `
  import { builtPrograms } from './build.ts'
  const module = { ...${JSON.stringify(module)}, linkFlags: () => ${JSON.stringify(module.linkFlags(''))} }
  console.log((await builtPrograms(module))('first').path)`

// An environment in which `go build` first runs a line of shell.
const withGoBuild = (folder: string, environment: NodeJS.ProcessEnv, line: string): NodeJS.ProcessEnv => {
  const bin = join(folder, 'bin')
  mkdirSync(bin)
  const script = `#!/bin/sh\nif [ "$1" = build ]; then ${line}; fi\nPATH=$REAL_PATH exec go "$@"\n`
  writeFileSync(join(bin, 'go'), script, { mode: 0o755 })
  const { PATH } = environment
  return { ...environment, PATH: `${bin}:${PATH}`, REAL_PATH: PATH }
}

const run = async (path: string): Promise<string> => (await promisify(execFile)(path)).stdout

describe('a build', { skip }, () => {
  test('answers to every name, has the link flags, and is made once', async () => {
    const { module, environment } = makeModule(temporaryFolder())
    const programs = await builtPrograms(module, environment)
    assert.equal(await run(programs('first').path), 'first v7\n')
    assert.equal(await run(programs('second').path), 'second v7\n')
    const again = await builtPrograms(module, { ...environment, GOFLAGS: '-no-such-flag-so-no-build-works' })
    assert.equal(again('first').path, programs('first').path)
  })

  test('by two processes at once is made once', async () => {
    const folder = temporaryFolder()
    const { module, environment } = makeModule(folder)
    const counting = withGoBuild(folder, environment, `echo build >> ${folder}/builds`)
    const builders = [runNode(builder(module), counting), runNode(builder(module), counting)]
    const paths = await Promise.all(builders.map(({ nextLine }) => nextLine()))
    assert.equal(paths[0], paths[1])
    assert.equal(await run(paths[0] ?? ''), 'first v7\n')
    assert.equal(readFileSync(join(folder, 'builds'), 'utf8'), 'build\n')
    assertOnlyTheBuild(module, environment)
  })

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGKILL'] as const) {
    test(`interrupted by ${signal} leaves no process, and the next one works`, async () => {
      const folder = temporaryFolder()
      const { module, environment } = makeModule(folder)
      const stuck = withGoBuild(
        folder,
        environment,
        `echo half > "$GOTMPDIR/half"; sh -c 'sleep 600; :' ${folder}`,
      )
      const isStuck = async (): Promise<boolean> =>
        (await processesMentioning(`sleep 600; : ${folder}`)).length > 0
      const interrupted = runNode(builder(module), stuck)
      await poll('the build runs', timeoutMs, async () => (await isStuck()) || undefined)
      assert.deepEqual(await interrupted.kill(signal), { code: null, signal })
      await poll('the build has ended', timeoutMs, async () => !(await isStuck()) || undefined)
      if (signal !== 'SIGKILL') assertNoBuild(module, environment)
      const programs = await builtPrograms(module, environment)
      assert.equal(await run(programs('first').path), 'first v7\n')
      assertOnlyTheBuild(module, environment)
    })
  }

  test('that fails says why and is not cached', async () => {
    const { module, environment } = makeModule(
      temporaryFolder(),
      'package main\nfunc main() { undefinedName() }\n',
    )
    await assert.rejects(
      builtPrograms(module, environment),
      /go build .* failed:[^]*undefined: undefinedName/,
    )
    assertNoBuild(module, environment)
  })
})

const cached = (module: GoModule, environment: NodeJS.ProcessEnv): readonly string[] =>
  readdirSync(cacheFolder(module, environment)).filter(name => !name.endsWith('.lock'))

const assertOnlyTheBuild = (module: GoModule, environment: NodeJS.ProcessEnv): void => {
  const names = cached(module, environment)
  assert.deepEqual([names.length, /^[\da-f]{16}$/.test(names[0] ?? '')], [1, true], names.join(', '))
}

const assertNoBuild = (module: GoModule, environment: NodeJS.ProcessEnv): void => {
  assert.deepEqual(cached(module, environment), [])
}

describe('without a control plane', () => {
  const noGo = { PATH: '/nonexistent' }

  test('the reason names what is missing', async () => {
    assert.equal(
      await controlPlaneUnavailable(['etcd'], noGo),
      'there is no Go, and KUBEBUILDER_ASSETS is not set',
    )
  })

  test('KUBEBUILDER_ASSETS is used without Go, where it has the programs', async () => {
    const folder = temporaryFolder()
    for (const name of ['etcd', 'kube-apiserver', 'kubectl']) writeFileSync(join(folder, name), '')
    const environment = { ...noGo, KUBEBUILDER_ASSETS: folder }
    assert.equal(await controlPlaneUnavailable(['etcd', 'kube-apiserver', 'kubectl'], environment), undefined)
    const reason = await controlPlaneUnavailable(
      ['etcd', 'kube-controller-manager', 'kube-scheduler'],
      environment,
    )
    assert.match(reason ?? '', /has no kube-controller-manager, kube-scheduler \(unset it/)
  })
})
