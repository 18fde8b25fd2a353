// Pipeline: template. Environment of the server: upstream's switches for the image, tokens from the user's Secrets.
import type { JsonObject } from '../../api/json.ts'
import { huggingFaceEndpoint } from '../../api/mirrors.ts'
import type { Edit } from '../edit.ts'
import type { Step, StepInput } from '../step.ts'
import { POD_INDEX, WEIGHTS_PATH } from '../command.ts'
import { isGroup } from '../group.ts'
import { CUDA_FOLDER } from './cuda-toolkit.ts'
import { isReadyWeights } from './weights.ts'

/** No `optional: true` as upstream has it: a missing Secret is told by the kubelet at once, not by a failed download. */
function fromSecret(name: string, key: string): JsonObject {
  return { valueFrom: { secretKeyRef: { name, key } } }
}

function variables(input: StepInput): Readonly<Record<string, JsonObject>> {
  const { intent, revision, runtime, server } = input
  const secrets = {
    ...(intent.modelAccessSecret === undefined
      ? {}
      : { HF_TOKEN: fromSecret(intent.modelAccessSecret, 'HF_TOKEN') }),
    ...(intent.apiKeySecret === undefined
      ? {}
      : { VLLM_API_KEY: fromSecret(intent.apiKeySecret, 'API_KEY') }),
  }
  const source = isReadyWeights(intent.weights) ? { HF_HUB_OFFLINE: { value: '1' } } : downloadSource(input)
  if (intent.tuning !== undefined || server === 'own' || runtime !== 'vllm' || revision.name !== 'kaito-0.12')
    return { ...secrets, ...source }
  return {
    ...secrets,
    ...source,
    ...(isReadyWeights(intent.weights) ? { KAITO_PROCESSOR: { value: WEIGHTS_PATH } } : {}),
    VLLM_USE_FLASHINFER_SAMPLER: { value: '0' },
    VLLM_USE_DEEP_GEMM: { value: revision.deepGemm ? '1' : '0' },
    ...(revision.cudaToolkit ? { CUDA_HOME: { value: CUDA_FOLDER } } : {}),
    ...(isGroup(input) ? { [POD_INDEX]: ordinal() } : {}),
  }
}

/** Where the libraries of Hugging Face look: https://huggingface.co/docs/huggingface_hub/package_reference/environment_variables#hfendpoint */
function downloadSource({ mirrors }: StepInput): Readonly<Record<string, JsonObject>> {
  const endpoint = huggingFaceEndpoint(mirrors)
  return endpoint === undefined ? {} : { HF_ENDPOINT: { value: endpoint } }
}

/** The number of the pod in its StatefulSet: https://kubernetes.io/docs/reference/labels-annotations-taints/#apps-kubernetes.io-pod-index */
function ordinal(): JsonObject {
  const fieldRef = { apiVersion: 'v1', fieldPath: "metadata.labels['apps.kubernetes.io/pod-index']" }
  return { valueFrom: { fieldRef } }
}

export const ENV: Step = {
  name: 'env',
  footprint: [['{container}', 'env', '*']],
  edits: input =>
    Object.entries(variables(input)).map(([name, source]): Edit => ({
      path: [...input.at.container, 'env', name],
      value: { name, ...source },
    })),
}
