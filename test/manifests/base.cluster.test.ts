// The kustomize base on a real API server: everything is accepted, and Pod Security `restricted`, which its own namespace
// enforces, lets the pods through.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { it } from 'node:test'
import { describeWithControlPlane } from '../cluster/available.ts'
import { poll } from '../cluster/poll.ts'

const manifests = join(import.meta.dirname, '..', '..', 'manifests')

await describeWithControlPlane('manifests/base', {}, plane => {
  it('is accepted, and its pods pass the namespace’s Pod Security level', async () => {
    const applied = await plane().kubectl(['apply', '-k', join(manifests, 'base')])
    assert.equal(applied.code, 0, applied.stderr)
    assert.doesNotMatch(applied.stderr, /Warning/)
    const pods = await poll('both replicas have a pod', 20_000, async () => {
      const { stdout } = await plane().kubectl(['-n', 'kaito-system', 'get', 'pods', '-o', 'name'])
      const names = stdout.split('\n').filter(name => name !== '')
      return names.length === 2 ? names : undefined
    })
    assert.ok(pods.every(name => name.startsWith('pod/kaito-native-')))
  })
})
