// The floor: what every webhook on Node pays, and nothing else. TLS, HTTP, the body's bytes, JSON.parse of the review,
// JSON.stringify of the answer. It decides nothing: it was told the patch beforehand.
import { serveBenchmark } from './serve.ts'

serveBenchmark(({ patch }) => (request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const review = JSON.parse(Buffer.concat(chunks).toString()) as { request: { uid: string } }
    const { uid } = review.request
    const text = JSON.stringify({
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      response: { uid, allowed: true, patchType: 'JSONPatch', patch },
    })
    response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) })
    response.end(text)
  })
})
