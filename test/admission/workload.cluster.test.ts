// One workload after another through a real API server, kubectl and `serve`.
import { defineAdapters } from './adapters.ts'
import { defineEdits } from './edits.ts'
import { defineForms } from './forms.ts'
import { defineGroups } from './groups.ts'
import { defineJobs } from './jobs.ts'
import { defineObjects } from './objects.ts'
import { definePods } from './pods.ts'
import { defineRefusals } from './refusals.ts'
import { defineRollouts } from './rollouts.ts'
import { defineRunning } from './running.ts'
import { defineSample } from './sample.ts'
import { defineSamples } from './samples.ts'
import { describeWithServe } from './suite.ts'
import { defineTuning } from './tuning.ts'

await describeWithServe('a workload', {}, cluster => {
  defineForms(cluster)
  defineSample(cluster)
  defineSamples(cluster)
  defineObjects(cluster)
  defineRefusals(cluster)
  definePods(cluster)
  defineEdits(cluster)
  defineRollouts(cluster)
  defineRunning(cluster)
  defineJobs(cluster)
  defineTuning(cluster)
  defineGroups(cluster)
  defineAdapters(cluster)
})
