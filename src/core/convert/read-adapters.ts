// Pipeline: convert. `inference.adapters` → the annotation kaito.sh/adapters; an adapter on a volume has none, and becomes
// what upstream makes of it: the volume below the server's adapter folder.
import { isContainerName } from '../api/annotation-values.ts'
import type { JsonObject } from '../api/json.ts'
import type { Fields } from './fields.ts'
import { duplicate, forbidden, invalid, required } from './findings.ts'
import { NO_PARTS, type Labels, type PodParts } from './wish.ts'

const MOST_ADAPTERS = 10
/** Where the images' servers look for adapters (`--kaito-adapters-dir`). */
const ADAPTERS_FOLDER = '/mnt/adapter'

interface Adapter {
  readonly name: string
  readonly strength: string | undefined
  readonly image: string | undefined
  readonly imagePullSecrets: readonly string[]
  readonly volume: JsonObject | undefined
}

/** The annotation and the pieces of the pod that the adapters ask for. */
export function readAdapters(
  inference: Fields,
  runtime: string | undefined,
): { readonly annotations: Labels; readonly parts: PodParts } {
  const entries = inference.children('adapters')
  if (entries.length > MOST_ADAPTERS)
    inference.findings.errors.push(
      invalid(inference.at('adapters'), String(entries.length), `must have at most ${MOST_ADAPTERS} items`),
    )
  const adapters = entries.map(readAdapter)
  adapters.forEach(({ name }, index) => {
    if (name !== '' && adapters.findIndex(other => other.name === name) < index)
      inference.findings.errors.push(duplicate(`${inference.at('adapters')}[${index}].source.name`, name))
  })
  const images = adapters.filter(({ volume }) => volume === undefined)
  const mounted = adapters.flatMap(({ volume, ...rest }) =>
    volume === undefined ? [] : [{ ...rest, volume }],
  )
  checkMixed(inference, images.length > 0, mounted.length > 0)
  return {
    annotations: images.length === 0 ? {} : { adapters: JSON.stringify(images.map(toItem)) },
    parts: mounted.length === 0 ? NO_PARTS : mountedParts(mounted, runtime),
  }
}

function readAdapter(fields: Fields): Adapter {
  const source = fields.child('source')
  if (source === undefined)
    fields.findings.errors.push(required(fields.at('source'), 'the name and the image of the adapter'))
  const adapter = {
    name: source === undefined ? '' : readName(source),
    strength: readStrength(fields),
    image: source?.text('image'),
    imagePullSecrets: source?.texts('imagePullSecrets') ?? [],
    volume: source?.whole('volumeSource'),
  }
  if (source !== undefined) checkSource(source, adapter)
  return adapter
}

function readName(source: Fields): string {
  const name = source.requiredText('name', 'by this name clients call the adapter')
  if (name !== '' && !isContainerName(name))
    source.findings.errors.push(
      invalid(source.at('name'), name, 'must be lower case letters, digits and "-" (a DNS-1123 label)'),
    )
  return name
}

function readStrength(fields: Fields): string | undefined {
  const text = fields.text('strength')
  const isNumber = text !== undefined && /^[0-9]*\.?[0-9]+$/.test(text) && Number(text) <= 1
  if (text !== undefined && !isNumber)
    fields.findings.errors.push(invalid(fields.at('strength'), text, 'must be a number from 0 to 1'))
  return text
}

function checkSource(source: Fields, { image, volume }: Adapter): void {
  const { errors } = source.findings
  if (source.raw('urls') !== undefined)
    errors.push(forbidden(source.at('urls'), 'adapters come from an image or a volume'))
  if (image === undefined && volume === undefined)
    errors.push(required(source.at('image'), 'an image with the adapter under /data, or a volumeSource'))
  if (image !== undefined && volume !== undefined)
    errors.push(forbidden(source.at('volumeSource'), 'image is set: an adapter has one source'))
}

/** The folder of those from images is mounted read-only, so no volume can be mounted inside of it. */
function checkMixed(inference: Fields, hasImages: boolean, hasVolumes: boolean): void {
  const detail = 'adapters come all from images or all from volumes'
  if (hasImages && hasVolumes) inference.findings.errors.push(forbidden(inference.at('adapters'), detail))
}

function toItem({ name, image, strength, imagePullSecrets }: Adapter): JsonObject {
  return {
    name,
    ...(image === undefined ? {} : { image }),
    ...(strength === undefined ? {} : { strength }),
    ...(imagePullSecrets.length === 0 ? {} : { imagePullSecrets }),
  }
}

interface MountedAdapter extends Adapter {
  readonly volume: JsonObject
}

function mountedParts(adapters: readonly MountedAdapter[], runtime: string | undefined): PodParts {
  return {
    ...NO_PARTS,
    volumes: adapters.map(({ name, volume }) => ({ name: volumeName(name), ...volume })),
    volumeMounts: adapters.map(({ name }) => ({
      name: volumeName(name),
      mountPath: `${ADAPTERS_FOLDER}/${name}`,
    })),
    env: adapters.flatMap(({ name, strength }) =>
      strength === undefined ? [] : [{ name, value: strength }],
    ),
    args: runtime === 'transformers' ? [] : ['--enable-lora'],
  }
}

/** As upstream calls it; a volume's name is a DNS label, an adapter's may have dots. */
function volumeName(adapter: string): string {
  return `adapter-volume-${adapter.replaceAll('.', '-')}`
}
