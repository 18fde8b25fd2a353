// image-copy.sh on real folders: what is in the image gets to the pod whole, and a wrong image is told by what it lacks.
import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { temporaryFolder } from '../cluster/temporary-folder.ts'
import { runScript, SHELLS, type Ended, type Shell } from './shell.ts'

const PATH = process.env['PATH'] ?? ''

/** A mounted image with these files below /data. */
function makeImage(files: Readonly<Record<string, string>>): string {
  const image = temporaryFolder()
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(image, 'data', path, '..'), { recursive: true })
    writeFileSync(join(image, 'data', path), text)
  }
  return image
}

function copy(shell: Shell, image: string, to: string): Promise<Ended> {
  return runScript(shell, 'image-copy.sh', {
    args: [join(image, 'data'), to, 'adapter_config.json'],
    env: { PATH },
  })
}

const ADAPTER = {
  'adapter_config.json': '{"r": 8}',
  'adapter_model.safetensors': 'w',
  '.hidden': 'h',
  'sub dir/x': '1',
}

for (const [title, shell] of Object.entries(SHELLS)) {
  describe(`image-copy.sh in ${title}`, () => {
    test('copies all of the folder, hidden files and folders among it', async () => {
      const to = join(temporaryFolder(), 'tone')
      const ended = await copy(shell, makeImage(ADAPTER), to)
      assert.equal(ended.code, 0, ended.log)
      assert.deepEqual(readdirSync(to).toSorted(), [
        '.hidden',
        'adapter_config.json',
        'adapter_model.safetensors',
        'sub dir',
      ])
      for (const [path, text] of Object.entries(ADAPTER))
        assert.equal(readFileSync(join(to, path), 'utf8'), text)
    })

    test('leaves nothing of a broken run behind, and nothing of others alone', async () => {
      const folder = temporaryFolder()
      const [to, other] = [join(folder, 'tone'), join(folder, 'other')]
      for (const path of [to, other]) mkdirSync(path)
      writeFileSync(join(to, 'half'), 'half')
      writeFileSync(join(other, 'kept'), 'kept')
      assert.equal((await copy(shell, makeImage(ADAPTER), to)).code, 0)
      assert.ok(!readdirSync(to).includes('half'))
      assert.deepEqual(readdirSync(other), ['kept'])
    })

    test('says what a wrong image lacks', async () => {
      const to = join(temporaryFolder(), 'tone')
      const [empty, other] = [temporaryFolder(), makeImage({ 'README.md': 'x' })]
      const [first, second] = [await copy(shell, empty, to), await copy(shell, other, to)]
      assert.deepEqual([first.code, second.code], [1, 1])
      assert.match(first.log, /^the image has no folder \S*\/data$/m)
      assert.match(second.log, /^the image has no file \S*\/data\/adapter_config\.json$/m)
    })

    test('does not follow a link out of the image for the file that must be there', async () => {
      const image = makeImage({ x: '1' })
      symlinkSync('/nowhere/adapter_config.json', join(image, 'data', 'adapter_config.json'))
      assert.equal((await copy(shell, image, join(temporaryFolder(), 'tone'))).code, 1)
    })
  })
}
