// The two containers of a tuning pod as processes: trainer and pusher with their shared folders. The trainer is a line of
// shell; what it saves are files with the names that KAITO's trainers use.
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from '../cluster/temporary-folder.ts'
import { startScript, type Container, type ContainerOptions, type Shell } from './shell.ts'

type Env = Readonly<Record<string, string>>

/** The pod's folders and how to start its containers; may be started again, as after `restartPolicy: OnFailure`. */
export interface TuningPod {
  /** The folder that trainer and pusher share. */
  readonly state: string
  /** TrainingArguments.output_dir. */
  readonly output: string
  readonly train: (command: string, options?: Partial<ContainerOptions>) => Container
  readonly push: (env?: Env) => Container
  readonly check: (env?: Env) => Container
  /** A file in the folder of the results. */
  readonly result: (name: string) => string
}

/** What a trainer does last. */
export const COMPLETES = 'echo done >"$KAITO_OUTPUT_DIR/fine_tuning_completed.txt"'

/** A trainer that saves an adapter. */
export const SAVES = [
  `printf '{"r":8}' >"$KAITO_OUTPUT_DIR/adapter_config.json"`,
  `printf weights >"$KAITO_OUTPUT_DIR/adapter_model.safetensors"`,
  `printf '{}' >"$KAITO_OUTPUT_DIR/tokenizer.json"`,
  COMPLETES,
].join('\n')

/** A pod with empty folders, its containers in this shell. */
export function makeTuningPod(shell: Shell, image = 'localhost:1/team/adapter:v1'): TuningPod {
  const root = temporaryFolder()
  const [state, output] = [join(root, 'state'), join(root, 'results')]
  mkdirSync(state)
  mkdirSync(output)
  const folders = { KAITO_STATE_DIR: state, KAITO_OUTPUT_DIR: output }
  const pusher = { ...folders, KAITO_OUTPUT_IMAGE: image, KAITO_MODEL_NAME: 'phi-3-mini-128k-instruct' }
  const fast = { KAITO_PUSH_PAUSE_SECONDS: '0', KAITO_PUSH_ATTEMPTS: '2', HOME: root }
  const run = (mode: string, env: Env): Container =>
    startScript(shell, 'tuning-push.sh', { args: [mode], env: { ...pusher, ...fast, ...env } })
  return {
    state,
    output,
    train: (command, { args = [], ...options } = {}) =>
      startScript(shell, 'tuning-train.sh', {
        env: folders,
        ...options,
        args: ['sh', '-c', command, 'trainer', ...args],
      }),
    push: (env = {}) => run('push', env),
    check: (env = {}) => run('check', env),
    result: name => readFileSync(join(output, name), 'utf8'),
  }
}
