// What the benchmark knows of a server: where it listens, and what it has used. Each is a process of its own.
import { startPeer } from './peer.ts'

/** PEM texts; issued for one run, and only ever in memory. */
export interface Tls {
  readonly caCertificate: string
  readonly certificate: string
  readonly key: string
}

export interface Usage {
  /** User and system time of the process so far. */
  readonly cpuMs: number
  readonly rssBytes: number
}

export interface BenchmarkServer {
  readonly port: number
  usage(): Promise<Usage>
  end(): void
}

/** What a program in servers/ is told first. */
export interface Start {
  readonly tls: Tls
  /** Base64: the patch that the bare server answers. */
  readonly patch: string
}

/** Starts a program of servers/. */
export async function startServer(file: string, start: Start): Promise<BenchmarkServer> {
  const peer = startPeer(file)
  const port = await peer.ask<number>(start)
  return { port, usage: () => peer.ask<Usage>('usage'), end: () => peer.end() }
}
