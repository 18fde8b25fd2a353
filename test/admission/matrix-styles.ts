// The ways in which users write workload files to the API server.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isObject, type Json, type JsonObject } from '../../src/core/api/json.ts'
import { inParallel } from './in-parallel.ts'
import type { Case } from './matrix-cases.ts'
import type { Cluster } from './suite.ts'
import { makePartialWorkload, makeWorkload, type WorkloadFile } from './workloads.ts'

/** A way in which files reach the API server. */
export interface Style {
  readonly title: string
  readonly suits: (row: Case) => boolean
  readonly write: (cluster: Cluster, namespace: string, written: Written) => Promise<void>
  /** Asks kubectl whether an apply of the same files would change anything. */
  readonly diff?: readonly string[]
}

export interface Written {
  readonly folder: string
  readonly files: readonly WorkloadFile[]
  /** The files as the step before wrote them; none at first. */
  readonly before: readonly WorkloadFile[]
}

export const STYLES: readonly Style[] = [
  {
    title: 'client-side apply',
    suits: isDeployment,
    write: (...args) => kubectl('apply', ...args),
    diff: ['diff'],
  },
  {
    title: 'server-side apply',
    suits: () => true,
    write: (cluster, namespace, { files }) =>
      inParallel(files, file => cluster.apply(namespace, makeWorkload(file), 'user')),
    diff: ['diff', '--server-side', '--field-manager=user'],
  },
  {
    title: 'server-side apply by two managers',
    suits: row => isDeployment(row) && row.fromStart === undefined && row.needsPreset !== true,
    write: (cluster, namespace, { files }) => inParallel(files, file => applyByTwo(cluster, namespace, file)),
  },
  {
    title: 'replace',
    suits: isDeployment,
    write: (cluster, namespace, written) =>
      kubectl(written.before.length === 0 ? 'create' : 'replace', cluster, namespace, written),
  },
  {
    title: 'JSON merge patch',
    suits: () => true,
    write: (cluster, namespace, { files, before }) =>
      inParallel(files, file => createOrPatch(cluster, namespace, file, before)),
  },
]

/** Two styles for both kinds are enough: nothing in injection depends on the kind and the style at once. */
function isDeployment(row: Case): boolean {
  return row.kind === 'Deployment'
}

/** The image goes with the base, so that a workload without annotation is valid from the first apply on. */
async function applyByTwo(cluster: Cluster, namespace: string, file: WorkloadFile): Promise<void> {
  const parts = Map.groupBy(file.fields ?? [], ({ at }) => (at.at(-1) === 'image' ? 'platform' : 'team'))
  const platform = makeWorkload({ ...file, fields: parts.get('platform') ?? [] })
  await cluster.apply(namespace, platform, 'platform')
  await cluster.apply(namespace, makePartialWorkload({ ...file, fields: parts.get('team') ?? [] }), 'team')
}

async function createOrPatch(
  cluster: Cluster,
  namespace: string,
  file: WorkloadFile,
  before: readonly WorkloadFile[],
): Promise<void> {
  const { kind, name } = file
  const old = before.find(other => other.name === name && other.kind === kind)
  if (old === undefined) await cluster.create(namespace, makeWorkload(file))
  else
    await cluster.patch(
      namespace,
      kind,
      name,
      'merge-patch',
      mergePatch(makeWorkload(old), makeWorkload(file)),
    )
}

async function kubectl(
  verb: string,
  { plane }: Cluster,
  namespace: string,
  { folder, files }: Written,
): Promise<void> {
  writeFiles(folder, files)
  const { code, stderr } = await plane.kubectl([verb, '--namespace', namespace, '--filename', folder])
  const errors = stderr.split('\n').filter(line => !line.startsWith('Warning: '))
  if (code !== 0) throw new Error(`kubectl ${verb}: ${errors.join('\n')}`)
}

export function writeFiles(folder: string, files: readonly WorkloadFile[]): void {
  for (const file of files)
    writeFileSync(join(folder, `${file.kind}-${file.name}.json`), JSON.stringify(makeWorkload(file)))
}

/** RFC 7386: what turns one file into the next. */
function mergePatch(before: JsonObject, after: JsonObject): JsonObject {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  return Object.fromEntries(
    keys.flatMap((key): [string, Json][] => {
      const [old, now] = [before[key], after[key]]
      if (now === undefined) return [[key, null]]
      if (isObject(old) && isObject(now)) return [[key, mergePatch(old, now)]]
      return [[key, now]]
    }),
  )
}
