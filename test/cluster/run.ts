// Starts a control plane to look into: node test/cluster/run.ts. It prints what a shell needs, and runs until Ctrl-C.
import { controlPlanePrograms } from './control-plane-programs.ts'
import { programNames, startControlPlane } from './control-plane.ts'
import { dirname } from 'node:path'

const programs = await controlPlanePrograms(programNames({}))
const plane = await startControlPlane()
console.log(`export KUBECONFIG=${plane.kubeconfig}`)
console.log(`export PATH=${dirname(programs('kubectl').path)}:$PATH`)
console.error(`A control plane at ${plane.url}, logs in ${plane.logFolder}. Ctrl-C ends it.`)
// Servers do not keep the process running; this does.
setInterval(() => {}, 2 ** 31 - 1)
