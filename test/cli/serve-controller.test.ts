// The controller's thread may die; the process that answers admission must not.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startController } from '../../src/cli/serve-controller.ts'
import { parseServeConfig } from '../../src/config.ts'
import { createLog } from '../../src/ops/log.ts'
import { createReadiness } from '../../src/ops/readiness.ts'
import { poll } from '../cluster/poll.ts'

test('a thread that ends with an error is started again, and nothing else ends with it', async () => {
  const parsed = parseServeConfig({ '--kubeconfig': '/nonexistent/kubeconfig', '--no-webhook': 'true' }, {})
  assert.ok(parsed.ok)
  const lines: string[] = []
  const log = createLog('info', { write: line => void lines.push(line) })
  const controller = startController(parsed.config, {}, { log, readiness: createReadiness({}) })
  await poll('it has been started twice', 30_000, () =>
    lines.filter(line => line.includes('starting it again')).length >= 2 ? true : undefined,
  )
  assert.match(lines.join(''), /nonexistent/)
  await controller.stop()
})
