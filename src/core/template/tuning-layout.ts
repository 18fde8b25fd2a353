// Pipeline: template. Where a tuning pod keeps what (docs/adr/0006-tuning-job.md): the folders that KAITO's trainer looks
// into, and the volumes behind them.
import type { StepInput } from './step.ts'

/** The trainer takes the first data file that it finds here. */
export const DATA_FOLDER = '/mnt/data'
/** `TrainingArguments.output_dir` of the configuration. */
export const RESULTS_FOLDER = '/mnt/results'
/** Shared by trainer and pusher (scripts/README.md). */
export const STATE_FOLDER = '/kaito/state'

/** Names of volumes by which users bring their own. */
export const DATA_VOLUME = 'data'
export const RESULTS_VOLUME = 'results'

/** The volumes of ours. */
export const OUR_DATA_VOLUME = 'kaito-tuning-data'
export const OUR_RESULTS_VOLUME = 'kaito-results'
export const STATE_VOLUME = 'kaito-state'
export const PUSH_SECRET_VOLUME = 'kaito-push-secret'
/** `DOCKER_CONFIG` of the containers that push. */
export const PUSH_SECRET_FOLDER = '/kaito/push-secret'

/** As in scripts/README.md. */
export const DOWNLOAD_IMAGE = 'docker.io/curlimages/curl:8.11.1'
export const PUSH_IMAGE = 'ghcr.io/oras-project/oras:v1.2.3'
/** Upstream's for the weights (KAITO v0.12.0 pkg/workspace/manifests/manifests.go). */
export const WEIGHTS_IMAGE = 'mcr.microsoft.com/oss/v2/oras-project/oras:v1.2.3'

/** Where the trainer looks for its settings, in the ConfigMap that is mounted for it. */
export const CONFIG_KEY = 'training_config.yaml'

/** The ConfigMap with the method's default settings, which the controller makes in the namespace. */
export function defaultConfigName(method: string): string {
  return `kaito-tuning-${method}`
}

/** The folders as the scripts are told of them. */
export function folderEnv({ intent }: Pick<StepInput, 'intent'>): Readonly<Record<string, string>> {
  const state = intent.tuning?.output === undefined ? {} : { KAITO_STATE_DIR: STATE_FOLDER }
  return { KAITO_OUTPUT_DIR: RESULTS_FOLDER, ...state }
}
