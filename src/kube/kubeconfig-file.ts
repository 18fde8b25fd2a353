// Pipeline: kube. Kubeconfig files → one document, as kubectl merges them: the first file that names a cluster, user or
// context, or a current context, decides; paths are relative to the file that has them.
// https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/#merging-kubeconfig-files
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { parse } from 'yaml'
import { isObject, listAt, stringAt, type JsonObject } from '../core/api/json.ts'

/** What is used of kubeconfig files, by name, fields as they are written there. */
export interface Kubeconfig {
  /** For messages: the files. */
  readonly origin: string
  readonly currentContext: string | undefined
  readonly clusters: ReadonlyMap<string, JsonObject>
  readonly users: ReadonlyMap<string, JsonObject>
  readonly contexts: ReadonlyMap<string, JsonObject>
}

/** Fields that hold paths; `command` of exec is one where it has a separator. */
const PATHS = ['certificate-authority', 'client-certificate', 'client-key', 'tokenFile']

/** Reads and merges these files. Throws where one cannot be read or is no kubeconfig. */
export function readKubeconfigs(files: readonly string[]): Kubeconfig {
  const parsed = files.map(readKubeconfig)
  const merged = (part: 'clusters' | 'users' | 'contexts') =>
    new Map(parsed.toReversed().flatMap(one => Array.from(one[part])))
  return {
    origin: files.join(', '),
    currentContext: parsed.find(one => one.currentContext !== undefined)?.currentContext,
    clusters: merged('clusters'),
    users: merged('users'),
    contexts: merged('contexts'),
  }
}

function readKubeconfig(file: string): Kubeconfig {
  const document = parseDocument(file, readFileSync(file, 'utf8'))
  return {
    origin: file,
    currentContext: stringAt(document, 'current-context'),
    clusters: entriesOf(file, document, 'clusters', 'cluster'),
    users: entriesOf(file, document, 'users', 'user'),
    contexts: entriesOf(file, document, 'contexts', 'context'),
  }
}

/** Null: an empty file, which kubectl takes for an empty kubeconfig. */
function parseDocument(file: string, text: string): JsonObject {
  const document = parseYaml(file, text)
  if (document === null) return {}
  if (!isObject(document)) throw new Error(`${file} is no kubeconfig: it is not a mapping`)
  return document
}

/** The parser's own message quotes the line, which may hold a credential: only its first line is told. */
function parseYaml(file: string, text: string): unknown {
  try {
    return parse(text)
  } catch (error) {
    const [reason = ''] = (error instanceof Error ? error.message : String(error)).split('\n')
    throw new Error(`${file} is not YAML: ${reason}`, { cause: error })
  }
}

function entriesOf(
  file: string,
  document: JsonObject,
  list: string,
  field: string,
): ReadonlyMap<string, JsonObject> {
  const entries = listAt(document, list).map((entry, index): [string, JsonObject] => {
    const name = isObject(entry) ? stringAt(entry, 'name') : undefined
    const value = isObject(entry) ? (entry[field] ?? {}) : undefined
    if (name === undefined || !isObject(value)) {
      throw new Error(`${file}: ${list}[${index}] must have a name and a ${field}`)
    }
    return [name, withAbsolutePaths(value, dirname(resolve(file)))]
  })
  // The first of equal names, as between files.
  return new Map(entries.toReversed())
}

function withAbsolutePaths(fields: JsonObject, folder: string): JsonObject {
  const paths = PATHS.flatMap(name => {
    const path = stringAt(fields, name)
    return path === undefined ? [] : [[name, resolve(folder, path)]]
  })
  return { ...fields, ...Object.fromEntries(paths), ...execWithAbsolutePath(fields['exec'], folder) }
}

function execWithAbsolutePath(exec: unknown, folder: string): JsonObject {
  const command = isObject(exec) ? stringAt(exec, 'command') : undefined
  if (!isObject(exec) || command === undefined || !/[/\\]/.test(command)) return {}
  return { exec: { ...exec, command: resolve(folder, command) } }
}
