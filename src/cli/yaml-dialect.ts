// Pipeline: cli. YAML as kubectl reads it (sigs.k8s.io/yaml, YAML 1.1 in the main): `0644` is octal, `on` is true, `<<`
// merges, but 22:22 is no number and a date is text. Numbers that nothing changes are printed as they were written.
import {
  Scalar,
  type DocumentOptions,
  type ParseOptions,
  type ScalarTag,
  type SchemaOptions,
  type Tags,
} from 'yaml'

/** `0o644` of YAML 1.2, which Go's parser takes as well. */
const OCTAL: ScalarTag = {
  identify: Number.isInteger,
  default: true,
  tag: 'tag:yaml.org,2002:int',
  test: /^[-+]?0o[0-7_]+$/,
  resolve: text => Number(text.replaceAll(/[-+_]/g, '')) * (text.startsWith('-') ? -1 : 1),
}

/** What kubectl would make of a file. */
export const KUBECTL_YAML: ParseOptions & DocumentOptions & SchemaOptions = {
  version: '1.1',
  schema: 'yaml-1.1',
  merge: true,
  uniqueKeys: true,
  customTags: tags => [OCTAL, ...tags].filter(isKnownToKubectl).map(asWritten),
}

function isKnownToKubectl(tag: Tags[number]): boolean {
  if (typeof tag === 'string') return true
  return !('format' in tag && tag.format === 'TIME') && tag.tag !== 'tag:yaml.org,2002:timestamp'
}

/** A number keeps its own text (`0644`, `1e3`, more digits than a double has) unless it is replaced. */
function asWritten(tag: Tags[number]): Tags[number] {
  if (typeof tag === 'string' || !/:(int|float)$/.test(tag.tag)) return tag
  const { stringify, ...rest } = tag as ScalarTag
  return {
    ...rest,
    stringify: (item, context, ...callbacks) =>
      item instanceof Scalar && item.source !== undefined
        ? item.source
        : (stringify?.(item, context, ...callbacks) ?? String(item.value)),
  }
}
