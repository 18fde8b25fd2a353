// The pusher's wait: it ends with the trainer, however the trainer ends, and before anything is pushed it knows how that was.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { poll } from '../cluster/poll.ts'
import { SHELLS, type Container } from './shell.ts'
import { COMPLETES, makeTuningPod, type TuningPod } from './tuning-pod.ts'

const timeoutMs = 10_000
/** Far more than the wait takes, far less than the 60 seconds that a pod with a killed trainer may take to end. Together: they mostly wait. */
const promptly = { timeout: 15_000, concurrency: true }

/** A trainer that trains until it is ended. */
const TRAINS = ': >"$KAITO_OUTPUT_DIR/ready"; while :; do sleep 0.1; done'

async function exists(folder: string, name: string): Promise<void> {
  await poll(name, timeoutMs, () => existsSync(join(folder, name)) || undefined)
}

async function startedTrainer(pod: TuningPod, command = TRAINS): Promise<Container> {
  const trainer = pod.train(command)
  await exists(pod.output, 'ready')
  return trainer
}

/** The pusher, once it waits for the trainer's end (it makes its folder before that). */
async function waitingPusher(pod: TuningPod): Promise<Container> {
  const pusher = pod.push()
  await exists(pod.state, 'push')
  return pusher
}

for (const [title, shell] of Object.entries(SHELLS)) {
  describe(`tuning-push.sh in ${title}`, promptly, () => {
    test('fails with a trainer that fails', async () => {
      const pod = makeTuningPod(shell)
      const pusher = await waitingPusher(pod)
      await pod.train('exit 7').ended
      const { code, message } = await pusher.ended
      assert.equal(code, 1)
      assert.equal(message, 'the trainer failed with exit code 7; nothing was pushed')
    })

    test('fails with a container that the kernel kills, the shell around the trainer too', async () => {
      const pod = makeTuningPod(shell)
      const trainer = await startedTrainer(pod)
      const pusher = await waitingPusher(pod)
      trainer.kill()
      assert.equal((await trainer.ended).code, 137)
      const { code, message } = await pusher.ended
      assert.equal(code, 1)
      assert.match(message, /the trainer was killed before it could say how it ended/)
    })

    test('fails with a trainer that alone is killed, and leaves the shell around it to say so', async () => {
      const pod = makeTuningPod(shell)
      const trainer = await startedTrainer(pod, ': >"$KAITO_OUTPUT_DIR/ready"; kill -KILL $$')
      assert.equal((await trainer.ended).code, 137)
      assert.match((await trainer.ended).message, /out of memory/)
      const { code, message } = await pod.push().ended
      assert.equal(code, 1)
      assert.equal(message, 'the trainer failed with exit code 137; nothing was pushed')
    })

    test('fails where the trainer was killed before the pusher came', async () => {
      const pod = makeTuningPod(shell)
      const trainer = await startedTrainer(pod)
      trainer.kill()
      await trainer.ended
      assert.match((await pod.push().ended).message, /the trainer was killed/)
    })

    test('fails where the trainer was over before the pusher came', async () => {
      const pod = makeTuningPod(shell)
      await pod.train('exit 7').ended
      assert.match((await pod.push().ended).message, /exit code 7/)
    })

    test('does not wait for what a trainer leaves running', async () => {
      const pod = makeTuningPod(shell)
      const pusher = await waitingPusher(pod)
      await pod.train('sleep 300 >/dev/null 2>&1 & exit 7', { outlives: true }).ended
      assert.match((await pusher.ended).message, /exit code 7/)
    })

    test('waits while the trainer trains', async () => {
      const pod = makeTuningPod(shell)
      await startedTrainer(pod, ': >"$KAITO_OUTPUT_DIR/ready"; sleep 3; exit 7')
      // A pusher that had not waited would take the trainer for killed: the exit code is written last.
      assert.match((await pod.push().ended).message, /exit code 7/)
    })

    test('gives up where no trainer comes, and then none trains', async () => {
      const pod = makeTuningPod(shell)
      const { code, message } = await pod.push({ KAITO_START_SECONDS: '1' }).ended
      assert.equal(code, 1)
      assert.match(message, /the trainer has not started within 1 s/)
      assert.match((await pod.train(COMPLETES).ended).message, /the pusher has given up/)
    })

    test('takes what an earlier attempt in the pod said for nothing once another trains', async () => {
      const pod = makeTuningPod(shell)
      await pod.train('exit 7').ended
      const trainer = await startedTrainer(pod)
      const pusher = await waitingPusher(pod)
      trainer.kill()
      assert.match((await pusher.ended).message, /the trainer was killed/)
    })

    test('fails where the trainer has saved no adapter', async () => {
      const pod = makeTuningPod(shell)
      await pod.train(`printf {} >"$KAITO_OUTPUT_DIR/adapter_config.json"; ${COMPLETES}`).ended
      const { code, message } = await pod.push().ended
      assert.equal(code, 1)
      assert.match(message, /the trainer has saved no adapter_model\.safetensors in .*results/)
    })

    test('ends when it is told to', async () => {
      const pod = makeTuningPod(shell)
      const trainer = await startedTrainer(pod)
      const pusher = await waitingPusher(pod)
      pusher.signal('SIGTERM')
      assert.equal((await pusher.ended).code, 143)
      trainer.kill()
    })
  })
}
