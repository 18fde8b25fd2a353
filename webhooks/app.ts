// Pipeline: webhooks. Everything on the webhook port that is not hot: a page for the person who opens it in a browser,
// and a clear 404. Health and metrics have a port of their own (src/ops/health.ts).
import express, { type Express } from 'express'

/** The Express app behind /mutate and /validate. */
export function createInfoApp(version: string): Express {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.get('/', (_request, response) => {
    response
      .type('text/plain')
      .send(`kaito-native ${version}: admission webhooks at /mutate and /validate (POST AdmissionReview)\n`)
  })
  app.use((request, response) => {
    response.status(404).json({ error: `nothing at ${request.path}`, paths: ['/mutate', '/validate'] })
  })
  return app
}
