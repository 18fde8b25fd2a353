// A cluster whose API server does not let pods mount images: asked, it says so; never guessed from its version.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createKubeClient } from '../../src/kube/client.ts'
import { loadKubeConfig } from '../../src/kube/kubeconfig.ts'
import { discoverImageVolumes } from '../../src/kube/image-volumes.ts'
import { describeWithControlPlane } from '../cluster/available.ts'

const options = { controllers: false, featureGates: { ImageVolume: false } }

await describeWithControlPlane('an API server without image volumes', options, plane => {
  test('is told from others, though it is of the same version', async () => {
    const client = createKubeClient(loadKubeConfig(plane().kubeconfig))
    assert.equal(await discoverImageVolumes(client, 'default', []), false)
    client.close()
  })
})
