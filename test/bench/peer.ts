// Questions and answers between the benchmark's processes over node's IPC channel. It is also their lifeline: a child
// whose parent is gone has nothing left to do.
import { fork, type ChildProcess, type Serializable } from 'node:child_process'
import { once } from 'node:events'

type Answer<T> = { readonly value: T } | { readonly error: string }

/** A child process that answers questions one at a time. */
export interface Peer {
  ask<T>(question: unknown): Promise<T>
  end(): void
}

/** Starts one of this folder's programs by the Node that runs us. */
export function startPeer(file: string): Peer {
  return peerOf(fork(new URL(file, import.meta.url), { serialization: 'advanced' }))
}

/** The peer that a child with an IPC channel is. */
export function peerOf(child: ChildProcess): Peer {
  return {
    ask: question => ask(child, question),
    end() {
      if (child.connected) child.disconnect()
    },
  }
}

async function ask<T>(child: ChildProcess, question: unknown): Promise<T> {
  const asked = new AbortController()
  const { signal } = asked
  const ended = once(child, 'exit', { signal }).then(([code]) => {
    throw new Error(`a process of the benchmark ended with ${String(code)}`)
  })
  try {
    child.send(question as Serializable)
    const [answer] = (await Promise.race([once(child, 'message', { signal }), ended])) as [Answer<T>]
    if ('error' in answer) throw new Error(answer.error)
    return answer.value
  } finally {
    asked.abort()
  }
}

/** The other side: answers every question by `handle`, until the parent is gone. */
export function answerParent(handle: (question: unknown) => Promise<unknown>): void {
  process.on('disconnect', () => process.exit())
  process.on('message', question => {
    handle(question).then(
      value => process.send?.({ value }),
      (error: unknown) => process.send?.({ error: error instanceof Error ? error.message : String(error) }),
    )
  })
}
