// Pipeline: convert. `preset` (of inference or tuning) with config → the model, as kaito.sh/ annotations.
import type { Catalogue } from '../preset/catalogue.ts'
import { resolvePreset } from '../preset/resolve.ts'
import type { Fields } from './fields.ts'
import { required, unsupported } from './findings.ts'
import { NO_PARTS, type Identity, type Labels, type ModelWish, type PresetWish } from './wish.ts'

const ACCESS_MODES = ['public', 'private']

/** The preset's fields. `user` is `inference` or `tuning`. */
export function readPreset(user: Fields): PresetWish | undefined {
  const preset = user.child('preset')
  if (preset === undefined) return undefined
  const options = preset.child('presetOptions')
  const accessMode = preset.text('accessMode') ?? 'public'
  if (!ACCESS_MODES.includes(accessMode))
    preset.findings.errors.push(unsupported(preset.at('accessMode'), accessMode, ACCESS_MODES))
  const image = options?.text('image')
  const isPrivate = accessMode === 'private'
  if (isPrivate && image === undefined)
    preset.findings.errors.push(
      required(preset.at('presetOptions.image'), 'accessMode private needs the image that is private'),
    )
  if (!isPrivate && image !== undefined)
    options?.note('image', 'left out, as upstream does unless accessMode is private')
  return {
    name: preset.requiredText('name', 'the name of a preset, or a Hugging Face id'),
    image: isPrivate ? image : undefined,
    pullSecrets: options?.texts('imagePullSecrets') ?? [],
    modelAccessSecret: options?.text('modelAccessSecret'),
  }
}

/** What preset and config ask for. `holdsWeights`: a private image is of KAITO 0.4, with the weights in it. */
export function modelOf(
  user: Fields,
  preset: PresetWish,
  { identity, catalogue, holdsWeights }: { identity: Identity; catalogue: Catalogue; holdsWeights: boolean },
): ModelWish {
  const config = user.text('config')
  return {
    preset,
    annotations: {
      ...ownImage(preset, identity, catalogue, holdsWeights),
      ...(config === undefined ? {} : { config }),
      ...(preset.modelAccessSecret === undefined ? {} : { 'model-access-secret': preset.modelAccessSecret }),
    },
    parts: { ...NO_PARTS, pullSecrets: preset.pullSecrets },
  }
}

/** The runtime that the user names. */
export function runtimeOf({ annotations }: ModelWish, identity: Identity): string | undefined {
  return annotations['runtime'] ?? identity.annotations['kaito.sh/runtime']
}

/** An image of the user's own gets the command only where `runtime` says what is in it. */
function ownImage(
  { name, image }: PresetWish,
  identity: Identity,
  catalogue: Catalogue,
  holdsWeights: boolean,
): Labels {
  if (image === undefined) return { preset: name }
  const pinned = resolvePreset(catalogue, `${name}@kaito-0.4`)
  const newest = resolvePreset(catalogue, name)
  const isPinned = holdsWeights && pinned.ok
  const revision = isPinned ? pinned.value.revision : newest.ok ? newest.value.preset.revisions[0] : undefined
  const [first = 'vllm'] = Object.keys(revision?.runtimes ?? {})
  return {
    preset: isPinned ? `${name}@kaito-0.4` : name,
    runtime: identity.annotations['kaito.sh/runtime'] ?? first,
  }
}
