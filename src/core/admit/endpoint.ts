// Pipeline: admit. How clients reach a model once it is served: said when it is planned, so that nobody has to look for it.
import { objectAt, stringAt, type JsonObject } from '../api/json.ts'
import { serviceName } from '../companion/service-name.ts'
import { isServer, type StepInput } from '../template/step.ts'

/** The namespace that kubectl takes where none is named. */
export const DEFAULT_NAMESPACE = 'default'

/** What the server answers to; names of the workload are no part of it. */
export interface Endpoint {
  readonly path: string
  readonly model: string
}

/** The endpoint of a planned workload; undefined where nothing of ours is served, or no Service is made. */
export function endpointOf(input: StepInput): Endpoint | undefined {
  if (!isServer(input) || !input.intent.service) return undefined
  // The server of that release has an API of its own: https://github.com/kaito-project/kaito/tree/v0.4.6/presets/workspace/inference/text-generation
  const isChat = input.revision.name === 'kaito-0.4' && input.runtime === 'transformers'
  return { path: isChat ? '/chat' : '/v1', model: input.revision.servedModelName }
}

/** `call http://phi-4-mini.default/v1, model phi-4-mini-instruct`; nothing while the API server has yet to make up the name. */
export function callWarnings(object: JsonObject, endpoint: Endpoint | undefined): readonly string[] {
  const name = stringAt(objectAt(object, 'metadata'), 'name')
  if (endpoint === undefined || name === undefined) return []
  return [`${CALL}${serviceName(name)}.${namespaceOf(object)}${endpoint.path}, model ${endpoint.model}`]
}

const CALL = 'call http://'

/** True for what callWarnings says. */
export function isCallWarning(warning: string): boolean {
  return warning.startsWith(CALL)
}

/** The namespace of an object; files often name none. */
export function namespaceOf(object: JsonObject): string {
  return stringAt(objectAt(object, 'metadata'), 'namespace') ?? DEFAULT_NAMESPACE
}
