// Pipeline: template. The server's command, where the image is one that understands it.
import { containerCommand, multiNodeContainerCommand, serverCommand } from '../command.ts'
import { isGroup, leaderHost } from '../group.ts'
import { isServer, type Step } from '../step.ts'
import { isReadyWeights } from './weights.ts'

export const COMMAND: Step = {
  name: 'command',
  footprint: [['{container}', 'command']],
  edits: input => {
    if (!isServer(input)) return []
    const server = {
      ...input,
      maxModelLen: input.intent.maxModelLen,
      config: input.intent.config !== undefined,
      adapters: input.intent.adapters.length > 0,
      localWeights: isReadyWeights(input.intent.weights),
    }
    const value = isGroup(input)
      ? multiNodeContainerCommand(server, leaderHost(input))
      : containerCommand(serverCommand(server))
    return [{ path: [...input.at.container, 'command'], value }]
  },
}
