// The controller's own life: it can be stopped before its caches are filled.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runController, type ControllerDependencies } from '../../src/controller/controller.ts'

test('stopped before the first lists are there, it ends, and never says that it is ready', async () => {
  const stop = new AbortController()
  const said: string[] = []
  const dependencies = {
    watch: () => Promise.withResolvers<void>().promise,
    discoverProvisioner: () => Promise.resolve(undefined),
    onSynced: () => said.push('synced'),
    lead: () => {
      said.push('leads')
      return Promise.resolve()
    },
  } as Partial<ControllerDependencies> as ControllerDependencies
  const ended = runController(dependencies, stop.signal)
  stop.abort()
  await ended
  assert.deepEqual(said, [])
})
