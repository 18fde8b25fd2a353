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

describe('publicUrlProblem', () => {
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
