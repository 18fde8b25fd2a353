// The namespace in which a command works when none is named.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { after, describe, it } from 'node:test'
import { currentNamespace } from '../../src/kube/kubeconfig.ts'

describe('currentNamespace', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kaito-native-namespace-'))
  after(() => rmSync(folder, { recursive: true }))

  function write(name: string, text: string): string {
    const path = join(folder, name)
    writeFileSync(path, text)
    return path
  }

  function kubeconfig(name: string, current: string, namespace?: string): string {
    const context = { cluster: 'c', user: 'u', ...(namespace !== undefined && { namespace }) }
    return write(name, JSON.stringify({ 'current-context': current, contexts: [{ name, context }] }))
  }

  it('is that of the current context', () => {
    assert.equal(currentNamespace(kubeconfig('a', 'a', 'team-a')), 'team-a')
    assert.equal(currentNamespace(kubeconfig('b', 'b')), 'default')
    assert.equal(currentNamespace(kubeconfig('c', 'another', 'team-c')), 'default')
  })

  it('is found by KUBECONFIG, whose first file with a current context decides', () => {
    const list = [kubeconfig('d', 'e', 'team-d'), kubeconfig('e', 'd', 'team-e')].join(delimiter)
    assert.equal(currentNamespace(undefined, { KUBECONFIG: list }), 'team-e')
  })

  it('is the pod’s own without a kubeconfig, else default', () => {
    write('namespace', 'kaito-system\n')
    assert.equal(currentNamespace(undefined, { HOME: folder }, folder), 'kaito-system')
    assert.equal(currentNamespace(undefined, {}, join(folder, 'nothing')), 'default')
  })
})
