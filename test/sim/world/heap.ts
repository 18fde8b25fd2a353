// Simulator: the heap of coming events: earliest first, and in the order of their making where times are equal.

export interface Coming {
  readonly atMs: number
  readonly run: () => void
}

export interface Heap {
  push(atMs: number, run: () => void): void
  /** The next event, unless it comes after `untilMs`. */
  pop(untilMs: number): Coming | undefined
}

interface Entry extends Coming {
  readonly order: number
}

export function createHeap(): Heap {
  const entries: Entry[] = []
  let made = 0
  return {
    push(atMs, run) {
      entries.push({ atMs, run, order: made++ })
      siftUp(entries, entries.length - 1)
    },
    pop(untilMs) {
      const [first] = entries
      if (first === undefined || first.atMs > untilMs) return undefined
      const last = entries.pop()
      if (last !== undefined && entries.length > 0) {
        entries[0] = last
        siftDown(entries)
      }
      return first
    },
  }
}

function isBefore(left: Entry | undefined, right: Entry | undefined): boolean {
  if (left === undefined || right === undefined) return left !== undefined
  return left.atMs === right.atMs ? left.order < right.order : left.atMs < right.atMs
}

function siftUp(entries: Entry[], from: number): void {
  let index = from
  while (index > 0) {
    const parent = (index - 1) >> 1
    if (!isBefore(entries[index], entries[parent])) return
    swap(entries, index, parent)
    index = parent
  }
}

function siftDown(entries: Entry[]): void {
  let index = 0
  for (;;) {
    const left = 2 * index + 1
    const child = isBefore(entries[left + 1], entries[left]) ? left + 1 : left
    if (!isBefore(entries[child], entries[index])) return
    swap(entries, index, child)
    index = child
  }
}

function swap(entries: Entry[], left: number, right: number): void {
  const [one, other] = [entries[left], entries[right]]
  if (one === undefined || other === undefined) return
  entries[left] = other
  entries[right] = one
}
