// Pipeline: template. Credentials for the images whose files the pod reads: adapters and weights.
import { pullSecretEdits } from '../image-files.ts'
import type { Step } from '../step.ts'

export const PULL_SECRETS: Step = {
  name: 'pull-secrets',
  footprint: [
    ['{pod}', 'imagePullSecrets', '*'],
    ['{pod}', 'volumes', '*'],
  ],
  edits: pullSecretEdits,
}
