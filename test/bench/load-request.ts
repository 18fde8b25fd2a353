// What the load generator is asked for, and what it answers.

export interface Load {
  readonly port: number
  /** PEM. */
  readonly caCertificate: string
  /** Bodies of requests with the marks of review.ts, sent in turn. */
  readonly bodies: readonly string[]
  /** Every so many-th request names a ConfigMap that no other names. */
  readonly newIntentEvery: number
  readonly connections: number
  readonly requests: number
}

/** One request, and what it was answered. */
export interface Exchanged {
  /** Of its body. */
  readonly index: number
  /** The digits that were filled in. */
  readonly name: string
  readonly config: string
  readonly answer: string
}

export interface LoadResult {
  readonly seconds: number
  /** Ascending. */
  readonly latenciesMs: readonly number[]
  /** The first and the last of every body: every other answer to that body was as long, or the load failed. */
  readonly exchanged: readonly Exchanged[]
}
