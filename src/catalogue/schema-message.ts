// Adapter: catalogue. One mistake that the validator found, in words that say what would be accepted.

import type { ErrorObject } from 'ajv'
import { isObject } from '../core/api/json.ts'
import { nearest } from '../core/api/nearest.ts'

const SHOWN_CHARACTERS = 60

/** What is wrong with a value and what to write instead. */
export function explain(error: ErrorObject): string {
  const { keyword, params, data, parentSchema } = error
  if (keyword === 'required') return `required field "${params['missingProperty']}" is missing`
  if (keyword === 'additionalProperties') return unknownField(error)
  if (keyword === 'anyOf') return `give ${alternatives(parentSchema?.['anyOf'])}`
  if (keyword === 'enum') return `${shown(data)} is not one of ${list(params['allowedValues'])}`
  if (keyword === 'const') return `${shown(data)} is not ${shown(params['allowedValue'])}`
  const wanted: unknown = parentSchema?.['description']
  return typeof wanted === 'string'
    ? `${shown(data)} is not accepted; expected: ${wanted.replace(/\.$/, '')}`
    : (error.message ?? keyword)
}

function unknownField({ params, parentSchema }: ErrorObject): string {
  const known = Object.keys(parentSchema?.['properties'] ?? {})
  const meant = nearest(String(params['additionalProperty']), known)
  return `unknown field; ${meant === undefined ? `the fields are ${list(known)}` : `did you mean "${meant}"?`}`
}

function alternatives(branches: unknown): string {
  return (Array.isArray(branches) ? branches : []).map(branchText).join(', or ')
}

/** `layers + heads + headDim`, or `vendor (amd, aws-neuron)` where only some values help. */
function branchText(branch: { required: readonly string[]; properties?: Record<string, unknown> }): string {
  const fields = branch.required.map(field => {
    const property = branch.properties?.[field]
    return isObject(property) ? `${field} (${list(property['enum'])})` : field
  })
  return fields.join(' + ')
}

function list(values: unknown): string {
  return Array.isArray(values) ? values.map(String).join(', ') : ''
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text
}
