// Pipeline: template. The preset's image, where the user names none.
import type { Step } from '../step.ts'

export const IMAGE: Step = {
  name: 'image',
  footprint: [['{container}', 'image']],
  edits: input => [{ path: [...input.at.container, 'image'], value: input.image }],
}
