import { ensureBuilt } from './built.ts'
import { runRounds, median, type Contestant } from './rounds.ts'
import { patchedObject, assertInjected, patchOf } from './answers.ts'
import { reviewText } from './review.ts'
import { startKaitoNative } from './kaito-native.ts'
import { startServer } from './server.ts'
import { startPeer } from './peer.ts'
import type { LoadResult } from './load-request.ts'
if (!process.env['NOBUILD']) ensureBuilt()
const ours = await startKaitoNative()
const gen = startPeer('./load.ts')
const load = { caCertificate: ours.tls.caCertificate, body: reviewText(), connections: Number(process.env['C'] ?? 8) }
const first = await gen.ask<LoadResult>({ ...load, port: ours.port, requests: 1 })
const big = await startServer('./servers/bare.ts', { tls: ours.tls, patch: patchOf(first.answer) })
const small = await startServer('./servers/bare.ts', { tls: ours.tls, patch: Buffer.from(JSON.stringify([{op:'add',path:'/metadata/labels/x',value:'y'}])).toString('base64') })
const naive = await startServer('./servers/naive-express.ts', { tls: ours.tls, patch: '' })
const inj = (a: string) => assertInjected(patchedObject(a))
const contestants: Contestant[] = [
  { name: 'bare', server: big, check: inj },
  { name: 'bare small', server: small, check: a => void patchedObject(a) },
  { name: 'ours', server: ours, check: inj },
  { name: 'naive', server: naive, check: inj },
]
const s = await runRounds(contestants, gen, { count: Number(process.env['ROUNDS'] ?? 5), warmUpRequests: 2000, requests: 2000, load })
const [bare] = s
for (const [i, c] of contestants.entries()) {
  const m = s[i]!
  console.log(c.name.padEnd(10), 'r/s', median(m.map(x => x.reviewsPerSecond)).toFixed(0), 'ratio', median(m.map((x, j) => x.reviewsPerSecond / bare![j]!.reviewsPerSecond)).toFixed(2),
    'cpu µs', (1000*median(m.map(x => x.cpuMsPerReview))).toFixed(0), 'cpu ratio', median(m.map((x, j) => bare![j]!.cpuMsPerReview/x.cpuMsPerReview )).toFixed(2),'busy', median(m.map(x=>x.cpuMsPerReview*x.reviewsPerSecond/1000)).toFixed(2), 'p50', median(m.map(x => x.p50Ms)).toFixed(2),'p99', median(m.map(x => x.p99Ms)).toFixed(2), 'rss', (m.at(-1)!.rssBytes / 1e6).toFixed(0))
}
for (const c of contestants) c.server.end()
gen.end()
