// Simulator: label and field selectors, in the few forms that the controller uses.
import type { AnyObject, ClaimWarning, Pod } from './objects.ts'

/** `key` and `key=value`, joined by commas. */
export function matchesLabels({ metadata }: AnyObject, selector: string | undefined): boolean {
  if (selector === undefined) return true
  return selector.split(',').every(term => {
    const [key = '', value] = term.split('=')
    const found = metadata.labels?.[key]
    return value === undefined ? found !== undefined : found === value
  })
}

/** `path=value`, joined by commas. */
export function matchesFields(object: AnyObject, selector: string | undefined): boolean {
  if (selector === undefined) return true
  return selector.split(',').every(term => {
    const [path = '', value = ''] = term.split('=')
    return (FIELDS[path]?.(object) ?? '') === value
  })
}

const FIELDS: Readonly<Record<string, (object: AnyObject) => string | undefined>> = {
  'spec.nodeName': object => (object as Pod).spec.nodeName,
  'metadata.name': object => object.metadata.name,
  type: object => (object as ClaimWarning).type,
  'involvedObject.kind': object => (object as ClaimWarning).involvedObject.kind,
}
