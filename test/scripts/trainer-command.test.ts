// The command of an injected trainer, as a process: the sample's own, with stand-ins for the two programs of the image.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { parse } from 'yaml'
import { listAt, type JsonObject } from '../../src/core/api/json.ts'
import { injected } from '../core/admit/admission.ts'
import { containerOf } from '../core/admit/make-workload.ts'

const SAMPLE = new URL('../../manifests/samples/phi-3-tuning.yaml', import.meta.url)

describe('the command of a trainer', () => {
  const folder = mkdtempSync(join(tmpdir(), 'trainer-'))
  after(() => rmSync(folder, { recursive: true }))
  const program = (name: string, text: string): void => {
    writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`)
    chmodSync(join(folder, name), 0o755)
  }
  const job = injected(parse(readFileSync(SAMPLE, 'utf8')) as JsonObject)
  const [file, ...command] = listAt(containerOf(job, 'trainer'), 'command') as readonly string[]
  assert.ok(file !== undefined)

  const run = (accelerate: string) => {
    program('accelerate', accelerate)
    program('python3', 'exit 0')
    // Kubernetes appends the user's args.
    return spawnSync(file, [...command, '--num_train_epochs=1', 'two words'], {
      env: {
        PATH: `${folder}:${process.env['PATH'] ?? ''}`,
        KAITO_OUTPUT_DIR: folder,
        TERMINATION_LOG: join(folder, 'message'),
      },
      encoding: 'utf8',
      timeout: 20_000,
    })
  }

  it('starts upstream’s trainer with the user’s arguments, and ends with it', () => {
    const { status, stdout } = run(
      'printf "%s\\n" "$@"; echo done >"$KAITO_OUTPUT_DIR/fine_tuning_completed.txt"',
    )
    assert.equal(status, 0)
    assert.deepEqual(stdout.trim().split('\n'), [
      'launch',
      '--num_processes=1',
      '/workspace/tfs/fine_tuning.py',
      '--num_train_epochs=1',
      'two words',
    ])
  })

  it('fails with the trainer’s own code', () => assert.equal(run('exit 3').status, 3))

  it('fails where the trainer has saved its adapter elsewhere, and says so', () => {
    assert.equal(run('exit 0').status, 1)
    assert.match(readFileSync(join(folder, 'message'), 'utf8'), /TrainingArguments\.output_dir must be/)
  })
})
