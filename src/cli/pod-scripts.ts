// Pipeline: cli. The shell of scripts/, read once: the core puts it into containers as it stands, without what only
// readers of the repository need.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../catalogue/package-root.ts'
import type { PodScripts } from '../core/api/pod-scripts.ts'

/** The scripts of this package. */
export function readPodScripts(): PodScripts {
  return {
    imageCopy: readScript('image-copy.sh'),
    imagePull: readScript('image-pull.sh'),
    tuningDownload: readScript('tuning-download.sh'),
    tuningTrain: readScript('tuning-train.sh'),
    tuningPush: readScript('tuning-push.sh'),
  }
}

/** Comments and empty lines are left out: every pod carries the rest. */
function readScript(file: string): string {
  const lines = readFileSync(join(packageRoot(), 'scripts', file), 'utf8').split('\n')
  return lines.filter(line => !/^\s*(#|$)/.test(line)).join('\n')
}
