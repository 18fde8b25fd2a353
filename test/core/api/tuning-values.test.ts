// URLs and images of tuning: what is public, what is full, and what a message may show.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { publicUrlProblem, shownUrl } from '../../../src/core/api/public-url.ts'
import { parseOutputImage, parseTuningUrls } from '../../../src/core/api/tuning-values.ts'

const PUBLIC = [
  'https://huggingface.co/datasets/philschmid/dolly-15k-oai-style/resolve/main/data/train-00000-of-00001-54e3756291ca09c6.parquet?download=true',
  'http://data.example:8080/a.csv',
  'https://8.8.8.8/x',
  'https://172.15.255.255/x',
  'https://172.32.0.1/x',
  'https://[2606:4700::1111]/x',
  'https://[64:ff9b::808:808]/x',
  'https://localhost.example/x',
  'https://mylocalhost/x',
  'HTTPS://DATA.EXAMPLE/x,y'.replace(',y', ''),
]
const NOT_PUBLIC = [
  'http://localhost/x',
  'http://LOCALHOST./x',
  'http://a.localhost/x',
  'http://localhost../x',
  'http://metadata.google.internal/x',
  'http://metadata.google.internal./x',
  'http://metadata.google/x',
  'http://instance-data.ec2.internal/x',
  'http://127.0.0.1/x',
  'http://127.1/x',
  'http://2130706433/x',
  'http://0x7f000001/x',
  'http://0177.0.0.1/x',
  'http://127.0.0.1./x',
  'http://0/x',
  'http://10.1.2.3/x',
  'http://172.16.0.1/x',
  'http://172.31.255.255/x',
  'http://192.168.1.1/x',
  'http://169.254.169.254/latest/meta-data',
  'http://2852039166/x',
  'http://100.100.100.200/x',
  'http://[::1]/x',
  'http://[::]/x',
  'http://[::ffff:127.0.0.1]/x',
  'http://[::ffff:7f00:1]/x',
  'http://[0:0:0:0:0:ffff:a00:1]/x',
  'http://[::10.0.0.1]/x',
  'http://[64:ff9b::10.0.0.1]/x',
  'http://[2002:7f00:1::]/x',
  'http://[fc00::1]/x',
  'http://[fdff::1]/x',
  'http://[fe80::1]/x',
  'http://[febf::1]/x',
]
const NO_URL = [
  'ftp://data.example/x',
  'file:///etc/passwd',
  'data.example/x',
  'https://',
  'http:data.example',
  'https://data.example\\@127.0.0.1/x',
  'https://dätä.example/x',
  'https://user:pass@data.example/x',
  'https://@data.example/x',
  'https://user@127.0.0.1/x',
]

/** Every block of IANA's registries of special-purpose addresses that is not globally reachable, and multicast. */
const SPECIAL = `
  0.0.0.1 10.255.255.255 100.64.0.1 100.127.255.255 127.255.0.1 169.254.0.1 172.16.0.0 192.0.0.8
  192.0.0.170 192.0.2.1 192.88.99.1 192.168.0.1 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1
  224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255 168.63.129.16 [::] [::1] [::ffff:8.8.8.8]
  [64:ff9b:1::1] [100::1] [100:0:0:1::1] [2001::1] [2001:2::1] [2001:10::1] [2001:20::1] [2001:1ff::1]
  [2001:db8::1] [2002:808:808::1] [3fff::1] [3fff:fff::1] [5f00::1] [fc00::1] [fd00:ec2::254] [fe80::1]
  [fec0::1] [ff02::1] [4000::1] [1fff::1]
`
  .trim()
  .split(/\s+/)
const GLOBAL = `
  1.1.1.1 9.255.255.255 100.63.255.255 100.128.0.1 126.0.0.1 128.0.0.1 168.63.129.17 169.253.0.1 172.32.0.0
  192.0.1.1 192.31.196.1 192.52.193.1 192.175.48.1 198.17.0.1 198.20.0.1 223.255.255.255 [2000::1]
  [2001:200::1] [2001:4860:4860::8888] [2620:4f:8000::1] [3fff:1000::1] [64:ff9b::8.8.8.8]
`
  .trim()
  .split(/\s+/)
const WRITTEN_ODDLY = `
  http://0xA9.0xFE.0xA9.0xFE/ http://0251.0376.0251.0376/ http://169.16689662/ http://0x7f.1/
  http://127.0.0.1.:80/ http://%31%32%37.0.0.1/ http://LOCALHOST%2e/ http://[0:0:0:0:0:0:0:1]/
  http://[::127.0.0.1]/ http://[0::FFFF:a9fe:a9fe]/ http://model.default.svc/
  http://model.default.svc.cluster.local./ http://ip-10-0-0-1.ec2.internal/ http://printer.local/
  http://xn--localhost.localhost/ http://router.home.arpa/
`
  .trim()
  .split(/\s+/)
const NOT_A_HOST = [
  'http://[fe80::1%25eth0]/',
  'http://[fe80::1%eth0]/',
  'http://①②⑦.0.0.1/',
  'http://127。0。0。1/',
  'http://256.1.1.1/',
  'http://1.2.3.4.5/',
]

describe('publicUrlProblem', () => {
  for (const host of SPECIAL)
    it(`refuses the special address ${host}`, () =>
      assert.match(publicUrlProblem(`http://${host}/x`) ?? '', /must be on a public host/))
  for (const host of GLOBAL)
    it(`accepts the address ${host}`, () => assert.equal(publicUrlProblem(`http://${host}/x`), undefined))
  for (const url of WRITTEN_ODDLY)
    it(`refuses ${url}`, () => assert.match(publicUrlProblem(url) ?? '', /must be on a public host/))
  for (const url of NOT_A_HOST)
    it(`refuses ${url}`, () => assert.match(publicUrlProblem(url) ?? '', /must be an http/))

  it('does not look where a name leads: that is done where it is downloaded', () =>
    assert.equal(publicUrlProblem('http://127.0.0.1.nip.io/x'), undefined))

  for (const url of PUBLIC) it(`accepts ${url}`, () => assert.equal(publicUrlProblem(url), undefined))
  for (const url of NOT_PUBLIC)
    it(`refuses ${url}`, () => assert.match(publicUrlProblem(url) ?? '', /must be on a public host/))
  for (const url of NO_URL)
    it(`refuses ${url}`, () =>
      assert.match(publicUrlProblem(url) ?? '', /must be an http|user or a password/))

  it('answers for any text', () =>
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.webUrl()), text => {
        const problem = publicUrlProblem(text)
        if (problem === undefined) assert.match(text, /^https?:\/\/[^\s@\\]/i)
      }),
    ))
})

describe('parseTuningUrls', () => {
  it('splits at white space and commas', () =>
    assert.deepEqual(parseTuningUrls('https://a.example/x,https://b.example/y\n\t https://c.example/z,'), {
      value: ['https://a.example/x', 'https://b.example/y', 'https://c.example/z'],
    }))

  it('tells every mistake by its place, without what may be secret', () => {
    const parsed = parseTuningUrls(
      'https://a.example/x http://10.0.0.1/y?sig=SECRET https://u:SECRET@b.example/z#SECRET',
    )
    assert.ok('mistakes' in parsed)
    assert.deepEqual(
      parsed.mistakes.map(({ at, value }) => [at, value]),
      [
        ['[1]', 'http://10.0.0.1/y'],
        ['[2]', 'https://b.example/z'],
      ],
    )
    assert.doesNotMatch(JSON.stringify(parsed), /SECRET/)
  })

  it('shows of a URL what stands before its query', () =>
    assert.equal(shownUrl('https://a:b@c.example/d@e?f=@g'), 'https://c.example/d@e'))
})

describe('parseOutputImage', () => {
  for (const image of ['registry.example/tone:1', 'registry.example:5000/a/b:v1.2', 'localhost/tone:1'])
    it(`accepts ${image}`, () => assert.deepEqual(parseOutputImage(image), { value: image }))
  const digest = `registry.example/tone@sha256:${'0'.repeat(64)}`
  for (const image of [
    'tone',
    'tone:1',
    'team/tone:1',
    'registry.example/tone',
    digest,
    'registry.example/Tone:1',
    '',
  ])
    it(`refuses ${image}`, () => assert.ok('expected' in parseOutputImage(image)))
})
