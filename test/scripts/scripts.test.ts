// What holds for every script, whatever it does.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { readScript, SHELLS } from './shell.ts'

const names = globSync('*.sh', { cwd: join(import.meta.dirname, '../../scripts') }).toSorted()

// Kubernetes reads commands before the shell does: $(NAME) is a variable of the container's if it has one, and $$ is a $
// (https://kubernetes.io/docs/tasks/inject-data-application/define-command-argument-container/).
const expandedByKubernetes = /\$\$|\$\([A-Za-z_.-][\w.-]*\)/g

describe('every script', () => {
  for (const name of names) {
    for (const [title, [command, ...args]] of Object.entries(SHELLS)) {
      test(`${name} is one for ${title}`, () => {
        const checked = spawnSync(command, [...args, '-n', '-c', readScript(name)], { encoding: 'utf8' })
        assert.equal(checked.stderr, '')
        assert.equal(checked.status, 0)
      })
    }

    test(`${name} means the same in a manifest`, () => {
      assert.deepEqual(readScript(name).match(expandedByKubernetes), null)
    })
  }

  test('what Kubernetes would change is found', () => {
    for (const line of ['echo $$', 'now=$(date)']) assert.match(line, new RegExp(expandedByKubernetes.source))
    for (const line of ['$(cat x)', '$((n + 1))', '"${name}"'])
      assert.doesNotMatch(line, new RegExp(expandedByKubernetes.source))
  })
})
