// Pipeline: sizing. Names of instance types → entries of the catalogue, in any case of letters, as upstream looks them up.
import type { FieldError } from '../api/field-error.ts'
import { nearest } from '../api/nearest.ts'
import type { Catalogue, InstanceType } from '../preset/catalogue.ts'
import { compareNames } from './candidate.ts'

const indexes = new WeakMap<Catalogue, ReadonlyMap<string, InstanceType>>()

/** The catalogue's entry of that name, in any case of letters. */
export function findInstanceType(name: string, catalogue: Catalogue): InstanceType | undefined {
  return indexOf(catalogue).get(name.toLowerCase())
}

/** The entries of these names, in the same order and each once, and an error for every name that is unknown. */
export function resolveInstanceTypes(
  names: readonly string[],
  catalogue: Catalogue,
  field: string,
): { readonly types: readonly InstanceType[]; readonly errors: readonly FieldError[] } {
  const types = new Set<InstanceType>()
  const errors: FieldError[] = []
  for (const name of names) {
    const type = findInstanceType(name, catalogue)
    if (type === undefined) errors.push(unknownType(name, catalogue, field))
    else types.add(type)
  }
  return { types: [...types], errors }
}

/** The entries of these names that exist. */
export function knownInstanceTypes(names: readonly string[], catalogue: Catalogue): InstanceType[] {
  return names.map(name => findInstanceType(name, catalogue)).filter(type => type !== undefined)
}

function indexOf(catalogue: Catalogue): ReadonlyMap<string, InstanceType> {
  const known = indexes.get(catalogue)
  if (known !== undefined) return known
  const index = new Map(catalogue.instanceTypes.map(type => [type.name.toLowerCase(), type]))
  indexes.set(catalogue, index)
  return index
}

function unknownType(name: string, catalogue: Catalogue, field: string): FieldError {
  const names = catalogue.instanceTypes.map(type => type.name).toSorted(compareNames)
  const near = nearest(name, names)
  const hint =
    near === undefined ? 'use "auto", or one that `kaito-native fit PRESET` lists' : `did you mean "${near}"?`
  const detail = `not in the catalogue of instance types: ${hint}; others are added by a ConfigMap with the label kaito.sh/catalogue: instance-types`
  return { type: 'NotSupported', field, value: name, detail, code: 'UnknownInstanceType' }
}
