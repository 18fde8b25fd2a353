// Where an image is pulled from instead.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fullReference, mirroredImage } from '../../../src/core/api/mirrors.ts'

const MIRRORS = [
  { from: 'mcr.microsoft.com', to: 'registry.local/mcr' },
  { from: 'mcr.microsoft.com/aks/kaito', to: 'kaito.local' },
  { from: 'docker.io', to: 'registry.local/hub' },
  { from: 'huggingface.co', to: 'https://hf.local' },
]

describe('mirrors', () => {
  const digest = `sha256:${'a'.repeat(64)}`
  const table: readonly (readonly [image: string, want: string])[] = [
    ['mcr.microsoft.com/aks/skopeo:1.14.4-6', 'registry.local/mcr/aks/skopeo:1.14.4-6'],
    ['mcr.microsoft.com/aks/kaito/kaito-base:0.5.0', 'kaito.local/kaito-base:0.5.0'],
    ['mcr.microsoft.com/aks/kaito-other/x:1', 'registry.local/mcr/aks/kaito-other/x:1'],
    ['MCR.microsoft.com/aks/skopeo:1', 'registry.local/mcr/aks/skopeo:1'],
    ['busybox', 'registry.local/hub/library/busybox'],
    ['team/app:2', 'registry.local/hub/team/app:2'],
    [`curlimages/curl@${digest}`, `registry.local/hub/curlimages/curl@${digest}`],
    ['ghcr.io/x/y:1', 'ghcr.io/x/y:1'],
    ['mcr.microsoft.com.evil.example/x:1', 'mcr.microsoft.com.evil.example/x:1'],
    ['localhost/x:1', 'localhost/x:1'],
    ['docker.io/busybox:1', 'registry.local/hub/library/busybox:1'],
    ['index.docker.io/team/app:2', 'registry.local/hub/team/app:2'],
    ['registry-1.docker.io/library/busybox', 'registry.local/hub/library/busybox'],
  ]
  for (const [image, want] of table)
    it(`${image} is pulled as ${want}`, () => assert.equal(mirroredImage(image, MIRRORS), want))

  it('writes out what a short reference means', () => {
    assert.equal(fullReference('busybox:1'), 'docker.io/library/busybox:1')
    assert.equal(fullReference('a/b'), 'docker.io/a/b')
    assert.equal(fullReference('registry:5000/b'), 'registry:5000/b')
  })
})
