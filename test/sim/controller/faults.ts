// Simulator: what can go wrong between the controller and the API server, as rates. Zero is a perfect network.

export interface Faults {
  /** A call is refused before it is executed: 429, 500, connection refused. */
  readonly errorRate: number
  /** A call is executed, but its answer never comes. */
  readonly lostAnswerRate: number
  /** A call takes seconds. */
  readonly slowCallRate: number
  /** The process dies at a call: before it is sent, or after it was executed. */
  readonly crashRate: number
  /** A watch is told everything late, for up to 20 s. */
  readonly stallRate: number
  /** A watch loses its place (410) and lists again. */
  readonly relistRate: number
  /** An event is told twice. */
  readonly duplicateRate: number
}

export const NO_FAULTS: Faults = {
  errorRate: 0,
  lostAnswerRate: 0,
  slowCallRate: 0,
  crashRate: 0,
  stallRate: 0,
  relistRate: 0,
  duplicateRate: 0,
}
