// Pipeline: preset. The catalogue entry that an unknown Hugging Face model would need, ready to be filled in
// (presets/README.md, "Add a model in five lines").

/** As presets/preset.schema.json has it: nothing else of a user's text comes back in the snippet. */
const HUGGING_FACE_ID = /^[A-Za-z0-9][A-Za-z0-9._-]*\/[A-Za-z0-9][A-Za-z0-9._-]*$/
const LONGEST_ID = 160

/** Five lines of YAML for a Hugging Face id, or undefined when the text is none. */
export function entrySnippet(text: string): string | undefined {
  if (text.length > LONGEST_ID || !HUGGING_FACE_ID.test(text)) return undefined
  return [
    'presets:',
    `  - id: ${text}`,
    '    size: <GiB of its *.safetensors files>Gi',
    '    architectures: [<architectures of its config.json>]',
    '    config: {maxModelLen: <tokens>, layers: <n>, heads: <n>, kvHeads: <n>, headDim: <n>}',
  ].join('\n')
}
