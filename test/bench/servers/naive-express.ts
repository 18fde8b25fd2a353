// What people usually write: Express parses, the handler clones the object, lets the decision change the clone, finds the
// patch by a deep diff of both, and answers by res.json(). Nothing in it is slow on purpose: the decision is our own,
// built code, Express and its middleware are as their documentation shows them, and the diff does the least that a correct
// one can (lists position by position, no test operations).
import express from 'express'
import type * as Catalogue from '../../../src/cli/catalogue.ts'
import type * as CoreMeans from '../../../src/cli/core-means.ts'
import type * as Context from '../../../src/core/admit/context.ts'
import type * as Mutate from '../../../src/core/admit/mutate.ts'
import type { JsonObject } from '../../../src/core/api/json.ts'
import { importBuilt } from '../built.ts'
import { deepDiff } from '../deep-diff.ts'
import { serveBenchmark } from './serve.ts'

const { openCatalogue } = await importBuilt<typeof Catalogue>('src/cli/catalogue.ts')
const { createCoreMeans } = await importBuilt<typeof CoreMeans>('src/cli/core-means.ts')
const { OFFLINE_FACTS } = await importBuilt<typeof Context>('src/core/admit/context.ts')
const { decideMutation } = await importBuilt<typeof Mutate>('src/core/admit/mutate.ts')
const context = { catalogue: await openCatalogue(undefined), facts: OFFLINE_FACTS, ...createCoreMeans() }

interface Review {
  readonly apiVersion: string
  readonly kind: string
  readonly request: { readonly uid: string; readonly operation: 'CREATE'; readonly object: JsonObject }
}

const app = express()
app.use(express.json({ limit: '10mb' }))
app.post('/mutate', (request, response) => {
  const { apiVersion, kind, request: review } = request.body as Review
  const { uid, operation, object } = review
  const decision = decideMutation({ operation, object: structuredClone(object) }, context)
  if (decision.decision === 'Deny') {
    response.json({ apiVersion, kind, response: { uid, allowed: false } })
    return
  }
  const patch = Buffer.from(JSON.stringify(deepDiff(object, decision.result))).toString('base64')
  response.json({ apiVersion, kind, response: { uid, allowed: true, patchType: 'JSONPatch', patch } })
})

serveBenchmark(() => app)
