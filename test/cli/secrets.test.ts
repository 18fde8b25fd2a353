// No command prints a secret that a file holds in an annotation, in any of its formats.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { runCli } from './run-cli.ts'
import { createTemporaryFiles } from './temporary-file.ts'

const file = createTemporaryFiles()
const SECRETS = [`hf_${'a1B2'.repeat(9)}`, `ghp_${'c3D4'.repeat(9)}`, 'correct-horse-battery']

const path = file(
  'leaky.yaml',
  `apiVersion: apps/v1
kind: Deployment
metadata:
  name: phi
  annotations:
    kaito.sh/preset: phi-4-mini-instruct
    kaito.sh/model-access-secret: ${SECRETS[0]}
    kaito.sh/tokn: ${SECRETS[1]}
    kaito.sh/replan: https://user:${SECRETS[2]}@example.com/
spec:
  selector: {matchLabels: {app: phi}}
  template: {metadata: {labels: {app: phi}}, spec: {containers: [{name: model}]}}
`,
)
const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  validate: ['text', 'json', 'sarif'],
  render: ['yaml', 'json', 'patch', 'diff', 'decision'],
}

describe('a file with secrets in annotations', () => {
  for (const [command, formats] of Object.entries(COMMANDS))
    for (const format of formats)
      it(`${command} -o ${format}: refused, and none of them is printed`, async () => {
        const { code, stdout, stderr } = await runCli([command, '-f', path, '-o', format])
        assert.equal(code, 1)
        assert.match(stdout + stderr, /must not hold a secret/)
        for (const secret of SECRETS)
          assert.ok(!(stdout + stderr).includes(secret.slice(0, 9)), stdout + stderr)
      })
})
