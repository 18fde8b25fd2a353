// Pipeline: vocabulary. The shell that runs inside pods is in scripts/, with tests of its own; it is read at start and given
// to the core as data (src/cli/pod-scripts.ts).

export interface PodScripts {
  /** From a folder to a folder, in one pod. Arguments: from, to, a file that must be there. */
  readonly imageCopy: string
  /** From a registry to a folder, by skopeo. Arguments: image, folder in it, to, a file that must be there. */
  readonly imagePull: string
  /** Fills the data folder from URLs; settings in the environment (scripts/README.md), as for the others. */
  readonly tuningDownload: string
  /** Runs the trainer, which is what follows, and tells the pusher how it ended. */
  readonly tuningTrain: string
  /** Argument: `check` before the training, `push` beside it. */
  readonly tuningPush: string
}
