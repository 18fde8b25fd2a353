// The wrapper around the trainer: how it ends, and what it leaves for the pusher.
import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { poll } from '../cluster/poll.ts'
import { SHELLS } from './shell.ts'
import { COMPLETES, makeTuningPod, type TuningPod } from './tuning-pod.ts'

const timeoutMs = 10_000

function exitCode({ state }: TuningPod): string {
  return readFileSync(join(state, 'exit-code'), 'utf8').trim()
}

/** Waits until the trainer has written this file. */
async function written({ output }: TuningPod, name: string): Promise<void> {
  await poll(`the trainer writes ${name}`, timeoutMs, () => existsSync(join(output, name)) || undefined)
}

for (const [title, shell] of Object.entries(SHELLS)) {
  describe(`tuning-train.sh in ${title}`, () => {
    test('ends well with a trainer that says so', async () => {
      const pod = makeTuningPod(shell)
      const { code, message, log } = await pod.train(`echo epoch 1; ${COMPLETES}`).ended
      assert.deepEqual([code, message, log], [0, '', 'epoch 1\n'])
      assert.equal(exitCode(pod), '0')
    })

    test("gives the user's arguments to the trainer as they are", async () => {
      const pod = makeTuningPod(shell)
      await pod.train(`printf '%s|' "$@" >"$KAITO_OUTPUT_DIR/args"; ${COMPLETES}`, {
        args: ['--a=b c', '$HOME', "'*"],
      }).ended
      assert.equal(pod.result('args'), "--a=b c|$HOME|'*|")
    })

    test('fails with the exit code of the trainer; its last words are left to the log', async () => {
      const pod = makeTuningPod(shell)
      const { code, message, log } = await pod.train('echo Traceback >&2; exit 3').ended
      assert.deepEqual([code, message, log], [3, '', 'Traceback\n'])
      assert.equal(exitCode(pod), '3')
    })

    test('fails where the trainer ends well without its mark, and names the setting', async () => {
      const pod = makeTuningPod(shell)
      const { code, message } = await pod.train('cd /; true').ended
      assert.equal(code, 1)
      assert.match(message, /TrainingArguments\.output_dir must be .*results/)
      assert.equal(exitCode(pod), '1')
    })

    test('the mark of an earlier training on the same volume does not count', async () => {
      const pod = makeTuningPod(shell)
      writeFileSync(join(pod.output, 'fine_tuning_completed.txt'), 'last week')
      assert.equal((await pod.train('true').ended).code, 1)
    })

    test('says what a trainer died of that the kernel killed', async () => {
      const pod = makeTuningPod(shell)
      const { code, message } = await pod.train('kill -KILL $$').ended
      assert.equal(code, 137)
      assert.match(message, /out of memory/)
      assert.equal(exitCode(pod), '137')
    })

    test('hands a signal on and waits for what the trainer makes of it', async () => {
      const pod = makeTuningPod(shell)
      const trainer = pod.train(
        `trap 'echo saved >"$KAITO_OUTPUT_DIR/checkpoint"; exit 5' TERM
         : >"$KAITO_OUTPUT_DIR/ready"
         while :; do sleep 0.1; done`,
      )
      await written(pod, 'ready')
      trainer.signal('SIGTERM')
      assert.equal((await trainer.ended).code, 5)
      assert.equal(pod.result('checkpoint'), 'saved\n')
      assert.equal(exitCode(pod), '5')
    })

    test('does not train where the pusher has given up', async () => {
      const pod = makeTuningPod(shell)
      writeFileSync(join(pod.state, 'given-up'), '')
      const { code, message } = await pod.train(COMPLETES).ended
      assert.equal(code, 1)
      assert.match(message, /the pusher has given up/)
      assert.equal(existsSync(join(pod.output, 'fine_tuning_completed.txt')), false)
    })

    test("needs no pusher: with the user's own volume for the results there is none", async () => {
      const pod = makeTuningPod(shell)
      const { code } = await pod.train(COMPLETES, { env: { KAITO_OUTPUT_DIR: pod.output } }).ended
      assert.equal(code, 0)
      assert.equal(existsSync(join(pod.state, 'started')), false)
    })
  })
}
