// Pipeline: template. The server's port, named `http` unless the user gave that name to another port of the container.
import { isServer, type Step } from '../step.ts'

/** KAITO's servers listen on 5000 (plus LOCAL_RANK, which is 0 in a pod of its own). */
export const SERVER_PORT = 5000

export const PORT: Step = {
  name: 'port',
  footprint: [['{container}', 'ports', '*']],
  edits: input => {
    if (!isServer(input)) return []
    const value = {
      containerPort: SERVER_PORT,
      name: input.httpPortTaken ? 'kaito-http' : 'http',
      protocol: 'TCP',
    }
    return [{ path: [...input.at.container, 'ports', String(SERVER_PORT)], value }]
  },
}
