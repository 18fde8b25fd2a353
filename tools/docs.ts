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
Those marked *later* are understood and refused: this version does not support them yet. Nor does it have the controller yet that reads the *live*
ones, claims nodes and makes the Service.

Written by kaito-native, never by people: \`${PLAN}\` on the workload (the recorded decision, see [plan.md](plan.md)) and
\`${PLACEMENT}\` on the pod template (what the scheduler must know of that pod).

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
  const marks = [
    ...(spec.scope === 'operation' ? ['*live*'] : []),
    ...(spec.notYet === true ? ['*later*'] : []),
  ]
  return `| \`${name}\` ${marks.join(' ')} | ${spec.grammar} | ${spec.default} | ${spec.meaning} |`
}

if (import.meta.main) writeFileSync(join(root, 'docs', 'annotations.md'), annotationsPage())
