import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLog } from '../../src/ops/log.ts'

test('the log is one JSON object a line, from its level up, errors with their stack', () => {
  const lines: string[] = []
  const log = createLog('info', { write: (line: string) => void lines.push(line) })
  log.debug('not shown')
  log.info({ port: 1 }, 'listening')
  log.error({ err: new Error('bug') }, 'failed')
  const [info, error, ...others] = lines.map(line => JSON.parse(line))
  assert.deepEqual(others, [])
  assert.deepEqual([info.level, info.name, info.msg, info.port], ['info', 'kaito-native', 'listening', 1])
  assert.ok(Math.abs(Date.parse(info.time) - Date.now()) < 60_000)
  assert.match(error.err.stack, /Error: bug\n\s+at .*log\.test\.ts/)
})
