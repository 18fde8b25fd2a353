// The download of training data, from a real HTTP server by the real curl.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { temporaryFolder } from '../cluster/temporary-folder.ts'
import { runScript, SHELLS, type Ended, type Shell } from './shell.ts'

interface Site {
  readonly url: string
  /** Paths and queries, as they were asked for. */
  readonly asked: string[]
}

async function serve(answer: RequestListener): Promise<Site> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    answer(request, response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  after(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { url: `http://127.0.0.1:${address.port}`, asked }
}

/** Answers with the request's own URL. */
const echo: RequestListener = (request, response) => response.end(`file ${request.url}`)

/** These status codes one after the other, then the file. */
function failing(...statuses: readonly number[]): RequestListener {
  const left = [...statuses]
  return (request, response) => {
    response.statusCode = left.shift() ?? 200
    response.end(response.statusCode === 200 ? `file ${request.url}` : 'an error page')
  }
}

interface Download extends Ended {
  readonly files: Readonly<Record<string, string>>
}

async function download(
  shell: Shell,
  urls: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Download> {
  const folder = join(temporaryFolder(), 'data')
  mkdirSync(folder)
  const given = {
    DATA_URLS: urls.join(' '),
    DATA_VOLUME_PATH: folder,
    DOWNLOAD_PAUSE_SECONDS: '0',
    DOWNLOAD_ALLOW_LOOPBACK: 'yes',
    ...env,
  }
  const ended = await runScript(shell, 'tuning-download.sh', { env: given })
  const files = readdirSync(folder).map(name => [name, readFileSync(join(folder, name), 'utf8')] as const)
  return { ...ended, files: Object.fromEntries(files) }
}

for (const [title, shell] of Object.entries(SHELLS)) {
  // Together: they mostly wait.
  describe(`tuning-download.sh in ${title}`, { concurrency: true }, () => {
    test('every file gets the name in its URL', async () => {
      const { url, asked } = await serve(echo)
      const paths = ['/a/train.parquet?download=true', '/b/more.json#part', '/c%20d.csv?x=*&y=[1]']
      const { code, files, message } = await download(
        shell,
        paths.map(path => url + path),
      )
      assert.equal(code, 0)
      assert.equal(message, '')
      assert.deepEqual(files, {
        'train.parquet': 'file /a/train.parquet?download=true',
        'more.json': 'file /b/more.json',
        'c%20d.csv': 'file /c%20d.csv?x=*&y=[1]',
      })
      assert.deepEqual(asked, ['/a/train.parquet?download=true', '/b/more.json', '/c%20d.csv?x=*&y=[1]'])
    })

    test('the query becomes part of a name that would not be found without it', async () => {
      const { url } = await serve(echo)
      const { files } = await download(shell, [
        `${url}/get?file=x/train.jsonl&v=2`,
        `${url}/`,
        `${url}/json/..?q`,
      ])
      assert.deepEqual(Object.keys(files).toSorted(), ['3-data', 'data', 'get_file_x_train.jsonl_v_2'])
    })

    test('two files of one name are both kept', async () => {
      const { url } = await serve(echo)
      const { files } = await download(shell, [`${url}/a/train.csv`, `${url}/b/train.csv`])
      assert.deepEqual(files, { 'train.csv': 'file /a/train.csv', '2-train.csv': 'file /b/train.csv' })
    })

    test('what may pass is tried again', async () => {
      const { url, asked } = await serve(failing(503, 429))
      const { code, files } = await download(shell, [`${url}/train.csv`])
      assert.equal(code, 0)
      assert.deepEqual(files, { 'train.csv': 'file /train.csv' })
      assert.equal(asked.length, 3)
    })

    test('but not for ever', async () => {
      const { url, asked } = await serve((_, response) => response.writeHead(500).end())
      const { code, files, message } = await download(shell, [`${url}/train.csv?sig=secret`], {
        DOWNLOAD_ATTEMPTS: '3',
      })
      assert.equal(code, 1)
      assert.deepEqual(files, {})
      assert.equal(asked.length, 3)
      assert.match(message, /cannot download .*\/train\.csv: HTTP status 500, .*after 3 attempts/)
    })

    test('what is not there is not tried again, and a signature is not shown', async () => {
      const { url, asked } = await serve(failing(404, 404))
      const { code, files, message, log } = await download(shell, [`${url}/train.csv?sig=secret`])
      assert.equal(code, 1)
      assert.deepEqual(files, {})
      assert.equal(asked.length, 1)
      assert.match(message, /cannot download .*\/train\.csv: HTTP status 404/)
      assert.doesNotMatch(message + log, /secret/)
    })

    test('a file that breaks off is no file', async () => {
      const { url, asked } = await serve((_, response) => {
        response.writeHead(200, { 'content-length': '100' })
        response.write('half', () => response.destroy())
      })
      const { code, files } = await download(shell, [`${url}/train.csv`], { DOWNLOAD_ATTEMPTS: '2' })
      assert.equal(code, 1)
      assert.deepEqual(files, {})
      assert.equal(asked.length, 2)
    })

    test('a server that says nothing more is given up', async () => {
      const { url } = await serve((_, response) => {
        response.writeHead(200, { 'content-length': '100' })
        response.write('half')
      })
      const { code, files } = await download(shell, [`${url}/train.csv`], {
        DOWNLOAD_ATTEMPTS: '1',
        DOWNLOAD_STALL_SECONDS: '1',
      })
      assert.equal(code, 1)
      assert.deepEqual(files, {})
    })

    test('an empty file is a failure', async () => {
      const { url } = await serve((_, response) => response.end())
      const { code, message } = await download(shell, [`${url}/train.csv`], { DOWNLOAD_ATTEMPTS: '1' })
      assert.equal(code, 1)
      assert.match(message, /the file is empty/)
    })

    test('redirects are followed, but only to http', async () => {
      const { url } = await serve((request, response) => {
        if (request.url === '/new.csv') response.end('moved')
        else
          response
            .writeHead(302, { location: request.url === '/old.csv' ? '/new.csv' : 'file:///etc/hostname' })
            .end()
      })
      assert.deepEqual((await download(shell, [`${url}/old.csv`])).files, { 'old.csv': 'moved' })
      const local = await download(shell, [`${url}/local.csv`], { DOWNLOAD_ATTEMPTS: '1' })
      assert.equal(local.code, 1)
      assert.deepEqual(local.files, {})
    })

    test('the scheme may be written in any case of letters', async () => {
      const { url } = await serve(echo)
      const { files } = await download(shell, [url.replace('http:', 'HTTP:') + '/train.csv'])
      assert.deepEqual(files, { 'train.csv': 'file /train.csv' })
    })

    test('what is on no public host is not asked for', async () => {
      const { url, asked } = await serve(echo)
      const { port } = new URL(url)
      const hosts = [
        '127.0.0.1',
        'localhost',
        '[::1]',
        '[::ffff:127.0.0.1]',
        '0x7f000001',
        '2130706433',
        '127.1',
        '0',
      ]
      for (const host of hosts) {
        const { code, files, message } = await download(
          shell,
          [`http://${host}:${port}/train.csv?sig=secret`],
          {
            DOWNLOAD_ALLOW_LOOPBACK: '',
          },
        )
        assert.equal(code, 1, host)
        assert.deepEqual(files, {})
        assert.match(message, /is not on a public host$|no http or https URL$|curl exit code 6/, host)
        assert.doesNotMatch(message, /secret/)
      }
      assert.deepEqual(asked, [])
    })

    test('nor by a redirect', async () => {
      const inside = [
        'http://10.0.0.1/x',
        'http://169.254.169.254/latest/meta-data',
        'http://168.63.129.16/',
        'http://100.100.100.200/',
        'http://192.0.0.192/',
        'http://[fd00:ec2::254]/',
        'http://[fe80::1]/',
        'http://[::ffff:10.0.0.1]/',
        'http://[64:ff9b::a00:1]/',
        'http://[2002:a00:1::]/',
        'http://198.18.0.1/',
        'http://224.0.0.1/',
        'http://user@8.8.8.8/',
        'http://8.8.8.8\\@10.0.0.1/',
        'gopher://8.8.8.8/',
      ]
      const { url } = await serve((request, response) => {
        response.writeHead(302, { location: inside[Number((request.url ?? '').slice(1, -4))] }).end()
      })
      for (const index of inside.keys()) {
        const { code, message } = await download(shell, [`${url}/${index}.csv`], { DOWNLOAD_ATTEMPTS: '1' })
        assert.equal(code, 1)
        assert.match(message, /is not on a public host$|no http or https URL$|curl exit code/, inside[index])
        assert.doesNotMatch(message, /exit code (7|28)/, inside[index])
      }
    })

    test('not round and round', async () => {
      const { url, asked } = await serve((request, response) =>
        response.writeHead(302, { location: `${request.url}x` }).end(),
      )
      const { code, message } = await download(shell, [`${url}/train.csv`], { DOWNLOAD_ATTEMPTS: '1' })
      assert.equal(code, 1)
      assert.match(message, /curl exit code 47/)
      assert.equal(asked.length, 11)
    })

    test('no URL is a failure', async () => {
      assert.equal((await download(shell, [])).code, 1)
    })
  })
}
