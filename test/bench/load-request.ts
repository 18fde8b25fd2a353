// What the load generator is asked for, and what it answers.

export interface Load {
  readonly port: number
  /** PEM. */
  readonly caCertificate: string
  /** Every request's body. */
  readonly body: string
  readonly connections: number
  readonly requests: number
}

export interface LoadResult {
  readonly seconds: number
  /** Ascending. */
  readonly latenciesMs: readonly number[]
  /** Body of the first answer: every other one had the same bytes, or the load failed. */
  readonly answer: string
}
