// The Go programs that cluster tests run for real, by the module that each is built from. A new one is a folder with
// go.mod, go.sum and perhaps a main.go, and one entry here; build.ts does the rest.

/** A Go module in this folder that builds into one binary, which may answer to several program names. */
export interface GoModule {
  /** Folder beside this file. */
  readonly folder: string
  /** Name of its folder in the cache. */
  readonly name: string
  /** What messages call it. */
  readonly title: string
  /** What `go build` is given: a package path, `.` for the module's own main package. */
  readonly packagePath: string
  /** Go build tags. */
  readonly tags?: readonly string[]
  /** Names under which the binary is called. */
  readonly programs: readonly string[]
  /** The binary ends when its lifeline closes (lifeline.go); others are started through guard.ts. */
  readonly watchesLifeline: boolean
  /** What to tell somebody who waits for the first build. */
  readonly firstBuild: string
  /** Go linker flags, which may depend on the versions in go.mod. */
  readonly linkFlags: (goMod: string) => readonly string[]
}

/** etcd, the Kubernetes control plane and kubectl in one binary. */
export const controlPlaneModule: GoModule = {
  folder: 'controlplane',
  name: 'control-plane',
  title: 'the control plane',
  packagePath: '.',
  programs: ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubectl'],
  watchesLifeline: true,
  firstBuild: 'about 10 minutes',
  linkFlags: goMod => ['-s', '-w', ...kubernetesVersionFlags(goMod)],
}

/** Karpenter with its KWOK provider, and with instance types that a file calls scarce. */
export const karpenterModule: GoModule = {
  folder: 'karpenter',
  name: 'karpenter',
  title: 'Karpenter',
  packagePath: '.',
  programs: ['karpenter'],
  watchesLifeline: false,
  firstBuild: 'about 3 minutes',
  linkFlags: () => ['-s', '-w'],
}

/** KWOK: kubelets of nodes that are not there. A module of its own, as it is made with older Kubernetes libraries. */
export const kwokModule: GoModule = {
  folder: 'kwok',
  name: 'kwok',
  title: 'KWOK',
  packagePath: 'sigs.k8s.io/kwok/cmd/kwok',
  programs: ['kwok'],
  watchesLifeline: false,
  firstBuild: 'about 2 minutes',
  linkFlags: () => ['-s', '-w'],
}

/** An OCI registry in memory. */
export const registryModule: GoModule = {
  folder: 'registry',
  name: 'registry',
  title: 'the image registry',
  packagePath: '.',
  programs: ['registry'],
  watchesLifeline: false,
  firstBuild: 'some seconds',
  linkFlags: () => ['-s', '-w'],
}

/** oras, of the version in the image that pushes adapters. */
export const orasModule: GoModule = {
  folder: 'oras',
  name: 'oras',
  title: 'oras',
  packagePath: 'oras.land/oras/cmd/oras',
  programs: ['oras'],
  watchesLifeline: false,
  firstBuild: 'some seconds',
  linkFlags: () => ['-s', '-w'],
}

/** skopeo, of the version in the image that pulls adapters and data. Its tags leave out what needs C libraries. */
export const skopeoModule: GoModule = {
  folder: 'skopeo',
  name: 'skopeo',
  title: 'skopeo',
  packagePath: 'github.com/containers/skopeo/cmd/skopeo',
  tags: ['containers_image_openpgp', 'exclude_graphdriver_btrfs', 'exclude_graphdriver_devicemapper'],
  programs: ['skopeo'],
  watchesLifeline: false,
  firstBuild: 'about 2 minutes',
  linkFlags: () => ['-s', '-w'],
}

// Kubernetes without version flags calls itself v0.0.0-master+$Format:%H$, which kubectl cannot parse.
const kubernetesVersionFlags = (goMod: string): readonly string[] => {
  const found = /k8s\.io\/kubernetes (?<version>v(?<major>\d+)\.(?<minor>\d+)\S*)/.exec(goMod)?.groups
  if (found === undefined) throw new Error('go.mod requires no k8s.io/kubernetes: its version is not known')
  const values = { gitVersion: found['version'], gitMajor: found['major'], gitMinor: found['minor'] }
  return Object.entries(values).flatMap(([name, value]) => [
    '-X',
    `k8s.io/component-base/version.${name}=${value}`,
  ])
}
