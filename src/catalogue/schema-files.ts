// Adapter: catalogue. The schema of each kind of document, beside the data.

/** File names in presets/, by the key that a document of the kind begins with. */
export const SCHEMA_FILES = {
  presets: 'preset.schema.json',
  instanceTypes: 'instance-types.schema.json',
} as const
