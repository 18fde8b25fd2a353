// The schema of a CRD as a check of objects, as strict as `fieldValidation=Strict`: an unknown field is a mistake. CEL rules
// are not evaluated here; crds.cluster.test.ts has a real API server do that.
import { readFileSync } from 'node:fs'
import { Ajv, type SchemaObject } from 'ajv'
import { parse } from 'yaml'
import type { JsonObject } from '../../../../src/core/api/json.ts'

const FOLDER = new URL('../../../fixtures/crds/', import.meta.url)

/** The files of test/fixtures/crds that define what back-ends make. */
export const CLAIM_CRDS = {
  NodeClaim: 'karpenter.sh_nodeclaims.karpenter-1.14.1.yaml',
  Machine: 'karpenter.sh_machines.karpenter-core-0.32.0.yaml',
} as const

interface Definition {
  readonly spec: {
    readonly group: string
    readonly names: { readonly kind: string }
    readonly versions: readonly {
      readonly name: string
      readonly schema: { readonly openAPIV3Schema: SchemaObject }
    }[]
  }
}

/** The definition, as JSON. */
export function readCrd(file: string): Definition & JsonObject {
  return parse(readFileSync(new URL(file, FOLDER), 'utf8')) as Definition & JsonObject
}

/** A function that lists what the schema finds wrong; empty: nothing. */
export function createCrdCheck(file: string): (object: JsonObject) => readonly string[] {
  const { group, names, versions } = readCrd(file).spec
  const checks = versions.map(({ name, schema }) => ({
    apiVersion: `${group}/${name}`,
    validate: new Ajv({ strict: false, allErrors: true, validateFormats: false }).compile(
      closed(schema.openAPIV3Schema, true),
    ),
  }))
  return object => {
    const check = checks.find(({ apiVersion }) => apiVersion === object['apiVersion'])
    if (check === undefined || object['kind'] !== names.kind) return ['is of another kind or version']
    check.validate(object)
    return (check.validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)
  }
}

/** The schema with unknown fields refused. metadata, which the CRD leaves open, is the API server's own. */
function closed(schema: SchemaObject, isRoot = false): SchemaObject {
  const properties = schema['properties'] as Record<string, SchemaObject> | undefined
  const items = schema['items'] as SchemaObject | undefined
  return {
    ...schema,
    ...(items === undefined ? {} : { items: closed(items) }),
    ...(properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(
            Object.entries(properties).map(([key, value]) => [
              key,
              isRoot && key === 'metadata' ? value : closed(value),
            ]),
          ),
          additionalProperties: false,
        }),
  }
}
