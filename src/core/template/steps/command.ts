// Pipeline: template. The server's command, where the image is one that understands it.
import { containerCommand, serverCommand } from '../command.ts'
import type { Step } from '../step.ts'
import { isReadyWeights } from './weights.ts'

export const COMMAND: Step = {
  name: 'command',
  footprint: [['{container}', 'command']],
  edits: input => {
    if (input.server === 'own') return []
    const command = serverCommand({
      ...input,
      maxModelLen: input.intent.maxModelLen,
      config: input.intent.config !== undefined,
      localWeights: isReadyWeights(input.intent.weights),
    })
    return [{ path: [...input.at.container, 'command'], value: containerCommand(command) }]
  },
}
