// Generates documentation from the code's own tables: `node tools/docs.ts` writes it, a test fails while it is stale.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  ANNOTATION_NAMES,
  ANNOTATIONS,
  PLACEMENT,
  PLAN,
  PREFIX,
  type AnnotationSpec,
} from '../src/core/api/annotations.ts'

const root = join(import.meta.dirname, '..')

/** A set that is accepted together: the others exclude each other or come later. */
const EXAMPLES = [
  'preset',
  'instance-type',
  'max-model-len',
  'weights',
  'adapters',
  'config',
  'model-access-secret',
  'api-key-secret',
  'idle-grace',
] as const

/** docs/annotations.md, from the registry. */
export function annotationsPage(): string {
  return `# Annotations

All keys stand under \`${PREFIX}\` on the **workload's own** \`metadata.annotations\` (for a CronJob on \`spec.jobTemplate.metadata\`).
On a pod template they have no effect and are answered with a warning. Values are strings: put numbers and booleans in quotes.
A mistake in any of them refuses the workload, with every mistake in one answer; an unknown key beside a preset gets a warning with the nearest known one.
A misspelt \`kaito.sh/preset\` itself is not seen by the webhooks; \`kaito-native render\` warns of it.

This page is generated from \`src/core/api/annotations.ts\` by \`node tools/docs.ts\`.

| annotation | value | default | what it says |
|---|---|---|---|
${ANNOTATION_NAMES.map(row).join('\n')}

A change of any of these plans the workload anew, except of those marked *live*, which the controller reads while the workload runs.

A **Job** with a preset is batch inference: you give the command, and it gets image, GPUs and node, but no probes, port, drain or Service. It is completed
when it is created or never, because its pod template cannot change. A **CronJob** is completed where it stands, and its Jobs arrive complete.

With \`tuning-method\` the Job **fine-tunes** the preset: data come from URLs, an image or the pod's volume \`data\`; the adapter is pushed as an image, for which the push
secret is tried before a GPU works, or saved on the pod's volume \`results\`. The settings are KAITO's own unless \`config\` names others: the controller makes them in the
namespace (ConfigMap \`kaito-tuning-lora\` or \`-qlora\`). A trainer that fails or is killed fails the Job; nothing waits for ever ([how](adr/0006-tuning-job.md)).
The trainer gets all GPUs of its node unless the container asks for a number.

A **StatefulSet** is the only kind whose replica may span nodes: where the model needs several (or \`nodes-per-replica\` says so), \`spec.replicas\` must be their
number. It then starts as a whole (\`podManagementPolicy: Parallel\`), is restarted as a whole (\`OnDelete\`), and without a \`serviceName\` gets \`<name>-headless\`.

Written by kaito-native, never by people: \`${PLAN}\` on the workload (the recorded decision, see [plan.md](plan.md)) and
\`${PLACEMENT}\` on the pod template (what the scheduler must know of that pod).

With \`generateName\` the pods' label \`kaito.sh/workload\` ends in that prefix, because the API server makes the name up after admission: workloads of
one prefix share it. Their Services select by the workload's own selector as well, so give each its own labels.

**Adapters** are copied into \`/mnt/adapter/<name>\` before the server starts; nothing of their images is run, so images of \`/data\` alone do. Private ones are
pulled with their \`imagePullSecrets\` or the pod's own, of type \`kubernetes.io/dockerconfigjson\`. vLLM takes adapters up to rank 16 unless the
container's \`args\` say \`--max-lora-rank\`. A change of the list takes effect by a rollout ([why so](adr/0005-adapters.md)).

## Examples

\`\`\`yaml
metadata:
  annotations:
${EXAMPLES.map(name => `    ${PREFIX}${name}: ${JSON.stringify(ANNOTATIONS[name].example)}`).join('\n')}
\`\`\`
`
}

function row(name: (typeof ANNOTATION_NAMES)[number]): string {
  const spec: AnnotationSpec = ANNOTATIONS[name]
  const mark = spec.scope === 'operation' ? '*live*' : ''
  return `| \`${name}\` ${mark} | ${spec.grammar} | ${spec.default} | ${spec.meaning} |`
}

if (import.meta.main) writeFileSync(join(root, 'docs', 'annotations.md'), annotationsPage())
