import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createMetrics, METRICS_PREFIX } from '../../src/ops/metrics.ts'

const sample = {
  webhook: 'mutate',
  kind: 'Deployment',
  operation: 'CREATE',
  outcome: 'Plan',
  durationMs: 0.3,
}

/** The lines of one metric, comments aside. */
async function linesOf(metrics: ReturnType<typeof createMetrics>, name: string): Promise<string[]> {
  return (await metrics.render()).split('\n').filter(line => line.startsWith(name))
}

describe('metrics', () => {
  test('every name begins with kaito_native_', async () => {
    const names = [...(await createMetrics('1.2.3').render()).matchAll(/^# TYPE (\S+)/gm)].map(
      match => match[1] ?? '',
    )
    assert.ok(names.length > 10)
    assert.deepEqual(
      names.filter(name => !name.startsWith(METRICS_PREFIX)),
      [],
    )
    assert.ok(names.includes('kaito_native_process_resident_memory_bytes'))
  })

  test('count admission requests by webhook, kind, operation and decision', async () => {
    const metrics = createMetrics('1.2.3')
    metrics.admissionAnswered(sample)
    metrics.admissionAnswered(sample)
    metrics.admissionAnswered({ ...sample, webhook: 'validate', outcome: 'Deny' })
    assert.deepEqual(await linesOf(metrics, 'kaito_native_admission_requests_total'), [
      'kaito_native_admission_requests_total{webhook="mutate",kind="Deployment",operation="CREATE",decision="Plan"} 2',
      'kaito_native_admission_requests_total{webhook="validate",kind="Deployment",operation="CREATE",decision="Deny"} 1',
    ])
  })

  test('measure their duration in seconds', async () => {
    const metrics = createMetrics('1.2.3')
    metrics.admissionAnswered(sample)
    const lines = await linesOf(metrics, 'kaito_native_admission_duration_seconds')
    const labels = 'webhook="mutate",kind="Deployment",operation="CREATE"'
    assert.ok(lines.includes(`kaito_native_admission_duration_seconds_bucket{le="0.00025",${labels}} 0`))
    assert.ok(lines.includes(`kaito_native_admission_duration_seconds_bucket{le="0.0005",${labels}} 1`))
    assert.ok(lines.includes(`kaito_native_admission_duration_seconds_count{${labels}} 1`))
  })

  test('count what policies had against workloads, and the policies themselves', async () => {
    const metrics = createMetrics('1.2.3')
    const violation = { policy: 'team-a', rule: 'limits.gpus', enforcement: 'Deny' } as const
    metrics.admissionAnswered({ ...sample, outcome: 'Deny', violations: [violation, violation] })
    metrics.admissionAnswered({ ...sample, violations: [{ ...violation, enforcement: 'Audit' }] })
    metrics.policiesKnown(['Deny', 'Audit', 'Deny'])
    const labels = 'policy="team-a",rule="limits.gpus"'
    assert.deepEqual(await linesOf(metrics, 'kaito_native_polic'), [
      `kaito_native_policy_violations_total{${labels},enforcement="Deny"} 2`,
      `kaito_native_policy_violations_total{${labels},enforcement="Audit"} 1`,
      'kaito_native_policies{enforcement="Deny"} 2',
      'kaito_native_policies{enforcement="Warn"} 0',
      'kaito_native_policies{enforcement="Audit"} 1',
    ])
  })

  test('a stranger at the port makes no new series', async () => {
    const metrics = createMetrics('1.2.3')
    for (let i = 0; i < 50; i++)
      metrics.admissionAnswered({ ...sample, kind: `Kind${i}`, operation: `OP${i}` })
    assert.deepEqual(await linesOf(metrics, 'kaito_native_admission_requests_total'), [
      'kaito_native_admission_requests_total{webhook="mutate",kind="other",operation="other",decision="Plan"} 50',
    ])
  })

  test('count every answer once, however many come between two scrapes', async () => {
    const metrics = createMetrics('1.2.3')
    const labels = 'webhook="mutate",kind="Deployment",operation="CREATE"'
    let total = 0
    for (const answers of [1, 99, 100, 0, 250]) {
      for (let i = 0; i < answers; i++) metrics.admissionAnswered(sample)
      total += answers
      assert.deepEqual(await linesOf(metrics, 'kaito_native_admission_requests_total'), [
        `kaito_native_admission_requests_total{${labels},decision="Plan"} ${total}`,
      ])
      const counts = await linesOf(metrics, 'kaito_native_admission_duration_seconds_count')
      assert.deepEqual(counts, [`kaito_native_admission_duration_seconds_count{${labels}} ${total}`])
    }
  })

  test('say what is running', async () => {
    const [line] = await linesOf(createMetrics('1.2.3'), 'kaito_native_build_info')
    assert.equal(line, `kaito_native_build_info{version="1.2.3",node_version="${process.version}"} 1`)
  })
})
