// Pipeline: vocabulary. Closed sets of names that annotations, plan and catalogue share.

export const RUNTIMES = ['vllm', 'transformers'] as const
export type Runtime = (typeof RUNTIMES)[number]

export const CLOUDS = ['azure', 'aws', 'gcp', 'arc'] as const
export type Cloud = (typeof CLOUDS)[number]

/** The two generations of KAITO's images that the catalogue knows, newest first. */
export const REVISIONS = ['kaito-0.12', 'kaito-0.4'] as const
export type RevisionName = (typeof REVISIONS)[number]
