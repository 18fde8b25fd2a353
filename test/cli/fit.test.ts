import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { loadCommands } from '../fixtures/upstream/load.ts'
import { CONTEXT } from '../core/admit/admission.ts'
import { runCli } from './run-cli.ts'

interface Row {
  readonly instanceType: string
  readonly cloud: string
  readonly fits: boolean
  readonly reason: string
  readonly gpusPerPod: number
  readonly nodesPerReplica: number
  readonly revision: string
  readonly command?: string
  readonly pricePerHour?: number
}

async function rowsOf(...args: readonly string[]): Promise<readonly Row[]> {
  return JSON.parse((await runCli(['fit', ...args, '-o', 'json'])).stdout) as Row[]
}

/** 0: on one node, 1: on several, 2: not at all. */
function rankOf({ fits, nodesPerReplica }: Row): number {
  if (!fits) return 2
  return nodesPerReplica > 1 ? 1 : 0
}

const FIELDS = [
  'instanceType',
  'cloud',
  'gpu',
  'gpuCount',
  'gpuMemoryGiB',
  'fits',
  'reason',
  'gpusPerPod',
  'podsPerNode',
  'nodesPerReplica',
  'parallelism',
  'revision',
]

describe('fit -o json', () => {
  it('has the contract’s fields in every row, and a command where it fits', async () => {
    for (const row of await rowsOf('phi-4', '--cloud', 'any')) {
      const keys = Object.keys(row).filter(key => key !== 'pricePerHour')
      assert.deepEqual(keys, row.fits ? [...FIELDS, 'command'] : FIELDS, row.instanceType)
      assert.ok(row.reason.length > 10)
    }
  })

  it('lists the types of the cloud, Azure unless another is asked for', async () => {
    const azure = CONTEXT.catalogue.instanceTypes.filter(({ cloud }) => cloud === 'azure')
    assert.equal((await rowsOf('phi-4')).length, azure.length)
    assert.ok((await rowsOf('phi-4', '--cloud', 'aws')).every(({ cloud }) => cloud === 'aws'))
    assert.equal((await rowsOf('phi-4', '--cloud', 'any')).length, CONTEXT.catalogue.instanceTypes.length)
  })

  it('lists exactly the types that are named, of any cloud', async () => {
    const names = ['Standard_NC24ads_A100_v4', 'p5.48xlarge']
    const rows = await rowsOf('phi-4', '--instance-type', ` ${names[0]} , ${names[1]}`)
    assert.deepEqual(rows.map(({ instanceType }) => instanceType).toSorted(), names)
  })

  it('puts what fits first, and one node before several', async () => {
    const ranks = (await rowsOf('llama-3.3-70b-instruct', '--cloud', 'any')).map(rankOf)
    assert.deepEqual(
      ranks,
      ranks.toSorted((a, b) => a - b),
    )
    assert.equal(new Set(ranks).size, 3)
  })

  it('sizes the revision that is pinned', async () => {
    const rows = await rowsOf('phi-4@kaito-0.4')
    assert.deepEqual([...new Set(rows.map(({ revision }) => revision))], ['kaito-0.4'])
  })

  it('gives upstream’s command, over several nodes with placeholders for names', async () => {
    const upstream = loadCommands('kaito-0.12')
      .get('deepseek-v3-0324')
      ?.runtimes.vllm?.find(({ instanceTypes }) => instanceTypes.includes('Standard_ND96isr_H100_v5'))
    const [row] = await rowsOf('deepseek-v3-0324', '--instance-type', 'Standard_ND96isr_H100_v5')
    assert.equal(row?.nodesPerReplica, 2)
    assert.equal(row.command, upstream?.command.replaceAll('WS', 'WORKLOAD').replaceAll('NS.', 'NAMESPACE.'))
  })
})

describe('fit -o table', () => {
  it('is the default: a head, one line for each row, aligned', async () => {
    const { code, stdout } = await runCli(['fit', 'phi-4'])
    const [head = '', ...lines] = stdout.trimEnd().split('\n')
    assert.equal(code, 0)
    assert.match(
      head,
      /^INSTANCE TYPE +CLOUD +GPU +GPUS +GIB\/GPU +FITS +GPUS\/POD +PODS\/NODE +NODES +TP\/PP\/DP +REVISION +PRICE\/H +REASON$/,
    )
    assert.equal(lines.length, (await rowsOf('phi-4')).length)
    for (const line of lines) assert.match(line.slice(head.indexOf('FITS')), /^(yes|no ) /)
  })
})

describe('fit --instance-type auto', () => {
  it('is what the annotation means by it', async () => {
    assert.deepEqual(await rowsOf('phi-4', '--instance-type', 'auto'), await rowsOf('phi-4'))
  })
})

describe('fit fails', () => {
  it('with 1 where the preset fits nowhere, and still shows why', async () => {
    const { code, stdout } = await runCli([
      'fit',
      'llama-3.3-70b-instruct@kaito-0.12',
      '--instance-type',
      'Standard_NC6s_v3',
    ])
    assert.equal(code, 1)
    assert.match(stdout, / no .*compute capability 7\.0/)
  })

  const refused: readonly (readonly [args: readonly string[], code: number, text: RegExp])[] = [
    [['phi-44'], 1, /^error: PRESET: Not found: "phi-44": .*did you mean "phi-4"/],
    [['phi-4@kaito-9'], 1, /^error: PRESET: Unsupported value: "phi-4@kaito-9"/],
    [
      ['phi-4', '--instance-type', 'nope,Standard_NC24ads_A100_v5'],
      1,
      /^error: --instance-type: .*"nope".*\nerror: --instance-type: .*did you mean/,
    ],
    [['phi-4', '--cloud', 'mars'], 2, /Allowed choices are azure, aws, gcp, arc, any/],
    [['phi-4', '-o', 'yaml'], 2, /Allowed choices are table, json/],
    [[], 2, /missing required argument 'preset'/],
    [['phi-4', 'phi-2'], 2, /too many arguments/],
  ]
  for (const [args, want, text] of refused)
    it(`fit ${args.join(' ')} with ${want}`, async () => {
      const { code, stdout, stderr } = await runCli(['fit', ...args])
      assert.deepEqual([code, stdout], [want, ''])
      assert.match(stderr, text)
    })
})
