// Pipeline: cli. KIND/NAME as people write it after kubectl.
import type { Parsed } from '../core/api/annotation-values.ts'

/** Kinds that commands take. */
export type TargetKind = 'Deployment' | 'StatefulSet' | 'Job' | 'CronJob' | 'Pod'

/** A workload or pod, as it was named. */
export interface Target {
  /** Absent: any workload of that name. */
  readonly kind?: TargetKind
  readonly name: string
}

/** Kinds by every name that kubectl knows them by. */
const KINDS: ReadonlyMap<string, TargetKind> = new Map(
  (
    [
      ['Deployment', ['deployment', 'deployments', 'deploy', 'deployment.apps', 'deployments.apps']],
      ['StatefulSet', ['statefulset', 'statefulsets', 'sts', 'statefulset.apps', 'statefulsets.apps']],
      ['Job', ['job', 'jobs', 'job.batch', 'jobs.batch']],
      ['CronJob', ['cronjob', 'cronjobs', 'cj', 'cronjob.batch', 'cronjobs.batch']],
      ['Pod', ['pod', 'pods', 'po']],
    ] as const
  ).flatMap(([kind, names]) => names.map((name): [string, TargetKind] => [name, kind])),
)

/** A DNS-1123 subdomain, so that no name leads to another path of the API. */
const NAME = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/

/** `deploy/phi-4-mini`, `pod/x`; a bare name only where `bare` allows it. */
export function parseTarget(text: string, accepted: readonly TargetKind[], bare: boolean): Parsed<Target> {
  const [first = '', second, ...rest] = text.split('/')
  const name = second ?? first
  const kind = second === undefined ? undefined : KINDS.get(first.toLowerCase())
  const isKnown = second === undefined ? bare : kind !== undefined && accepted.includes(kind)
  if (rest.length === 0 && isKnown && NAME.test(name))
    return { value: kind === undefined ? { name } : { kind, name } }
  const kinds = accepted.map(one => one.toLowerCase()).join(', ')
  return { expected: `must be ${bare ? 'NAME or ' : ''}KIND/NAME, where KIND is one of ${kinds}` }
}

/** `deployment/phi-4-mini`. */
export function formatTarget({ kind, name }: Target): string {
  return kind === undefined ? name : `${kind.toLowerCase()}/${name}`
}
