import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Command } from 'commander'
import { addServeOptions, givenServeFlags } from '../../src/cli/serve-options.ts'
import { SERVE_FLAGS } from '../../src/config.ts'

function given(...args: string[]): Readonly<Record<string, string>> {
  const command = addServeOptions(new Command('serve'))
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
  command.parse(args, { from: 'user' })
  return givenServeFlags(command)
}

describe("serve's options", () => {
  test('only what was given is given', () => {
    assert.deepEqual(given(), {})
    assert.deepEqual(given('--webhook-port', '0', '--cloud=aws'), { '--webhook-port': '0', '--cloud': 'aws' })
  })

  test('a switch is "true"', () => {
    assert.deepEqual(given('--no-controller'), { '--no-controller': 'true' })
    assert.deepEqual(given('--no-webhook', '--no-controller'), {
      '--no-webhook': 'true',
      '--no-controller': 'true',
    })
  })

  test('every flag of the table is there, once, with its default and its variable in the help', () => {
    const help = addServeOptions(new Command('serve')).configureHelp({ helpWidth: 1000 }).helpInformation()
    for (const { name, argument, fallback } of SERVE_FLAGS) {
      const lines = help
        .split('\n')
        .filter(line => line.trim().startsWith(argument === undefined ? name : `${name} <`))
      assert.equal(lines.length, 1, name)
      assert.match(lines[0] ?? '', /\[KAITO_NATIVE_SERVE_[A-Z_]+\]$/)
      if (argument !== undefined && fallback !== undefined)
        assert.ok(lines[0]?.includes(`(default: ${fallback})`), name)
    }
  })

  test('an unknown one is refused', () => {
    assert.throws(() => given('--webhook-prot', '1'), /unknown option '--webhook-prot'/)
  })
})
