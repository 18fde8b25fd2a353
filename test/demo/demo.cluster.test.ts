// `kaito-native demo` as a newcomer runs it: in a child process, without a terminal.
import assert from 'node:assert/strict'
import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { Readable } from 'node:stream'
import { skipWithoutKarpenter } from '../cluster/available.ts'
import { poll } from '../cluster/poll.ts'

const root = join(import.meta.dirname, '..', '..')
const WITHIN_MS = 120_000
const ESCAPE = String.fromCharCode(27)

interface Film {
  readonly process: ChildProcessByStdio<null, Readable, Readable>
  readonly text: () => string
  readonly code: Promise<number | null>
}

function play(args: readonly string[]): Film {
  const child = spawn(process.execPath, [join(root, 'src', 'main.ts'), 'demo', ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (text += chunk.toString()))
  const code = once(child, 'close').then(([exit]: unknown[]) => (typeof exit === 'number' ? exit : null))
  return { process: child, text: () => text, code }
}

await describe('demo', { skip: await skipWithoutKarpenter() }, () => {
  it('--once shows the diff and the same on a real API server, and exits with 0', async () => {
    const film = play(['--once'])
    assert.equal(await film.code, 0, film.text())
    const text = film.text()
    const scenes = [
      /^\+ +image: mcr\.microsoft\.com\/aks\/kaito\/kaito-base/m,
      /Warning: kaito\.sh: phi-4-mini-instruct on /,
      /deployment\.apps\/phi-4-mini created/,
      /SchedulingGated/,
      /deployment\.apps\/phi-4-mini unchanged/,
      /Not found: "phi-4-mini-instrukt"/,
      /condition met/,
      /Running, ready/,
      /NodeReleased/,
      /nothing is left behind/,
    ]
    for (const scene of scenes) assert.match(text, scene)
    assert.ok(!text.includes(ESCAPE), 'without a terminal there are no colours')
    assert.doesNotMatch(text, /"level":"(warn|error|fatal)"/)
  })

  it('waits for Ctrl-C with a KUBECONFIG line to copy, then stops cleanly', async () => {
    const film = play([])
    const kubeconfig = await poll('the KUBECONFIG line', WITHIN_MS, () => {
      assert.equal(film.process.exitCode, null, film.text())
      return /export KUBECONFIG=(\S+)/.exec(film.text())?.[1]
    })
    film.process.kill('SIGINT')
    assert.equal(await film.code, 0, film.text())
    assert.match(film.text(), /nothing is left behind/)
    assert.ok(!existsSync(kubeconfig), 'the data folder is removed')
  })
})
