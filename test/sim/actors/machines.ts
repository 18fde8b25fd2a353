// Simulator: the machines behind Node objects. A kubelet acts and answers only while its machine lives; nobody but the cloud
// knows whether it does.

export interface Machines {
  isAlive(nodeName: string): boolean
  add(nodeName: string): void
  remove(nodeName: string): void
  fail(nodeName: string): void
  recover(nodeName: string): void
  /** Told of every failure and recovery. */
  onChange(listener: (nodeName: string, isAlive: boolean) => void): void
}

export function createMachines(): Machines {
  const alive = new Map<string, boolean>()
  const listeners: ((nodeName: string, isAlive: boolean) => void)[] = []
  const set = (nodeName: string, isAlive: boolean): void => {
    if (alive.get(nodeName) === isAlive || !alive.has(nodeName)) return
    alive.set(nodeName, isAlive)
    for (const listener of listeners) listener(nodeName, isAlive)
  }
  return {
    isAlive: nodeName => alive.get(nodeName) === true,
    add: nodeName => void alive.set(nodeName, true),
    remove: nodeName => void alive.delete(nodeName),
    fail: nodeName => set(nodeName, false),
    recover: nodeName => set(nodeName, true),
    onChange: listener => void listeners.push(listener),
  }
}
