// Pipeline: convert. `tuning` → a Job's tuning annotations; sources and destinations on volumes become the pod's volumes
// `data` and `results`.
import type { JsonObject } from '../api/json.ts'
import type { Fields } from './fields.ts'
import { forbidden, required, unsupported } from './findings.ts'
import type { Around } from './read-inference.ts'
import { modelOf, readPreset } from './read-model.ts'
import { NO_PARTS, type Labels, type PodParts, type Work } from './wish.ts'

const METHODS = ['lora', 'qlora']

interface Part {
  readonly annotations: Labels
  readonly parts: PodParts
}
const NOTHING: Part = { annotations: {}, parts: NO_PARTS }

/** The work that tuning asks for; undefined without a preset. */
export function readTuning(tuning: Fields, around: Around): Work | undefined {
  const method = readMethod(tuning)
  const input = readInput(tuning)
  const output = readOutput(tuning)
  const preset = readPreset(tuning)
  if (preset === undefined) {
    tuning.findings.errors.push(required(tuning.at('preset'), 'the model to tune'))
    return undefined
  }
  const model = modelOf(tuning, preset, around)
  const annotations = {
    ...model.annotations,
    'tuning-method': method,
    ...input.annotations,
    ...output.annotations,
  }
  const parts = {
    ...model.parts,
    volumes: [...input.parts.volumes, ...output.parts.volumes],
    pullSecrets: [...model.parts.pullSecrets, ...input.parts.pullSecrets],
  }
  return { does: 'tuning', model: { ...model, annotations, parts } }
}

/** In any case of letters, as upstream compares it. */
function readMethod(tuning: Fields): string {
  const text = tuning.requiredText('method', `one of ${METHODS.join(', ')}`)
  const method = text.toLowerCase()
  if (text !== '' && !METHODS.includes(method))
    tuning.findings.errors.push(unsupported(tuning.at('method'), text, METHODS))
  return method
}

function readInput(tuning: Fields): Part {
  const input = tuning.child('input')
  if (input === undefined) {
    tuning.findings.errors.push(
      required(tuning.at('input'), 'urls, an image or a volumeSource with the data'),
    )
    return NOTHING
  }
  if (input.text('name') !== undefined) input.note('name', 'left out: it names a container of upstream only')
  const urls = input.texts('urls')
  const image = input.text('image')
  const volume = input.whole('volumeSource')
  const pullSecrets = input.texts('imagePullSecrets')
  checkOneOf(input, { urls: urls.length > 0, image: image !== undefined, volumeSource: volume !== undefined })
  return {
    annotations: {
      ...(urls.length === 0 ? {} : { 'tuning-input-urls': urls.map(asOneWord).join('\n') }),
      ...(image === undefined ? {} : { 'tuning-input-image': image }),
    },
    parts: { ...NO_PARTS, pullSecrets, volumes: namedVolume('data', volume) },
  }
}

/** The annotation's URLs are separated by white space and commas: inside of a URL both are escaped (RFC 3986, 2.1). */
function asOneWord(url: string): string {
  return url
    .trim()
    .replaceAll(
      /[\s,]/g,
      character => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
    )
}

function readOutput(tuning: Fields): Part {
  const output = tuning.child('output')
  if (output === undefined) {
    tuning.findings.errors.push(required(tuning.at('output'), 'an image or a volumeSource for the result'))
    return NOTHING
  }
  const image = output.text('image')
  const secret = output.text('imagePushSecret')
  const volume = output.whole('volumeSource')
  checkOneOf(output, { image: image !== undefined, volumeSource: volume !== undefined })
  if (image !== undefined && secret === undefined)
    output.findings.errors.push(
      required(output.at('imagePushSecret'), 'the Secret with the credentials for the push'),
    )
  return {
    annotations: {
      ...(image === undefined ? {} : { 'tuning-output-image': image }),
      ...(secret === undefined ? {} : { 'tuning-output-image-push-secret': secret }),
    },
    parts: { ...NO_PARTS, volumes: namedVolume('results', volume) },
  }
}

function namedVolume(name: string, volume: JsonObject | undefined): readonly JsonObject[] {
  return volume === undefined ? [] : [{ name, ...volume }]
}

/** Exactly one of several ways. */
function checkOneOf(fields: Fields, ways: Readonly<Record<string, boolean>>): void {
  const names = Object.keys(ways)
  const given = names.filter(name => ways[name] === true)
  const [first, ...others] = given
  if (first === undefined)
    fields.findings.errors.push(required(fields.path, `exactly one of ${names.join(', ')}`))
  for (const other of others)
    fields.findings.errors.push(
      forbidden(fields.at(other), `${first} is set: exactly one of ${names.join(', ')}`),
    )
}
