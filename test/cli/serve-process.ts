// `serve` in a process of its own, for tests of signals: node serve-process.ts KUBECONFIG
import { serve } from '../../src/cli/serve.ts'
import { parseServeConfig } from '../../src/config.ts'
import { makeSkipped } from '../webhooks/decisions.ts'

const flags = {
  '--kubeconfig': process.argv[2],
  '--webhook-url': 'https://127.0.0.1',
  '--webhook-port': '0',
  '--health-port': '0',
}
const parsed = parseServeConfig(flags)
if (!parsed.ok) throw new Error(parsed.errors.join('\n'))
await serve(parsed.config, {
  version: '0.0.0-test',
  decideMutation: () => makeSkipped(),
  decideValidation: () => makeSkipped(),
  catalogue: { revision: 'test', presets: [], instanceTypes: [] },
})
