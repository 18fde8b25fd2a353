// ConfigMaps that extend the catalogue of a running `serve`, with the core's real decisions.
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { decideMutation } from '../../src/core/admit/mutate.ts'
import { decideValidation } from '../../src/core/admit/validate.ts'
import { loadCatalogue } from '../../src/catalogue/load.ts'
import { describeWithControlPlane } from '../cluster/available.ts'
import { poll } from '../cluster/poll.ts'
import { startServe } from './make-serve.ts'
import { manualTicks } from './manual-ticks.ts'

const WITHIN_MS = 20_000

const deployment = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: tiny, annotations: {kaito.sh/preset: tiny-model}}
spec:
  selector: {matchLabels: {app: tiny}}
  template: {metadata: {labels: {app: tiny}}, spec: {containers: [{name: model}]}}
`

const configMap = (name: string, text: string): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'kaito-system', labels: { 'kaito.sh/catalogue': 'presets' } },
    data: { 'models.yaml': text },
  })

const tiny = `presets:
  - id: example/tiny-model
    size: 1.5Gi
    architectures: [Qwen2ForCausalLM]
    config: {maxModelLen: 32768, hiddenSize: 896, layers: 24, heads: 14, kvHeads: 2}
`

await describeWithControlPlane('serve with catalogue ConfigMaps', {}, plane => {
  it('takes a good ConfigMap, leaves out one with mistakes and names the place, and forgets a deleted one', async () => {
    const loaded = await loadCatalogue()
    assert.ok(loaded.ok)
    const { refreshTicks, tick } = manualTicks()
    await using serve = startServe(
      { '--kubeconfig': plane().kubeconfig },
      { decideMutation, decideValidation, catalogue: loaded.value, refreshTicks },
    )
    await serve.ready()
    const apply = (input: string): Promise<{ code: number; stderr: string }> =>
      plane().kubectl(['apply', '-f', '-'], { input })
    const unknown = await apply(deployment)
    assert.equal(unknown.code, 1)
    assert.match(unknown.stderr, /kaito\.sh\/preset\]: Not found: "tiny-model"/)

    await apply(configMap('models', tiny))
    await apply(configMap('mistaken', tiny.replace('size: 1.5Gi', 'size: many')))
    tick()
    const mistake = await serve.logged(/has mistakes and is left out/)
    assert.match(JSON.stringify(mistake), /kaito-system\/mistaken\/models\.yaml:3:/)
    await poll('the new preset is known', WITHIN_MS, async () =>
      (await apply(deployment)).code === 0 ? true : undefined,
    )

    await plane().kubectl(['-n', 'kaito-system', 'delete', 'configmap', 'models'])
    tick()
    const again = deployment.replace('name: tiny,', 'name: tiny-2,')
    await poll('the preset is unknown again', WITHIN_MS, async () => {
      const { stderr } = await plane().kubectl(['apply', '--dry-run=server', '-f', '-'], { input: again })
      return stderr.includes('Not found: "tiny-model"') ? true : undefined
    })
  })
})
