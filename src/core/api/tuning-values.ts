// Pipeline: vocabulary. The grammars of the tuning-* annotations.
import type { Mistake } from './adapters.ts'
import type { Parsed } from './annotation-values.ts'
import { isFullImageReference, isImageReference } from './image.ts'
import { publicUrlProblem, shownUrl } from './public-url.ts'

export const TUNING_METHODS = ['lora', 'qlora'] as const
export type TuningMethod = (typeof TUNING_METHODS)[number]

/** More data sets than this come in an image or on a volume. */
const URLS_MAX_CHARACTERS = 16_384
const URLS_EXPECTED = 'must be http or https URLs, separated by white space or commas'

/** Text → URLs of public hosts, or every mistake in it; a mistake never repeats what may be a signature. */
export function parseTuningUrls(
  text: string,
): Parsed<readonly string[]> | { readonly mistakes: readonly Mistake[] } {
  if (text.length > URLS_MAX_CHARACTERS)
    return { expected: `${URLS_EXPECTED}, of at most ${URLS_MAX_CHARACTERS} characters`, secret: true }
  const urls = text.split(/[\s,]+/).filter(url => url !== '')
  if (urls.length === 0) return { expected: URLS_EXPECTED }
  const mistakes = urls.flatMap((url, index) => {
    const detail = publicUrlProblem(url)
    return detail === undefined
      ? []
      : [{ at: `[${index}]`, type: 'Invalid' as const, value: shownUrl(url), detail }]
  })
  return mistakes.length > 0 ? { mistakes } : { value: urls }
}

export function parseImage(text: string): Parsed<string> {
  if (isImageReference(text)) return { value: text }
  return { expected: 'must be the reference of an image, like "registry.example/data:1"' }
}

/** Tools for pushing know neither Docker's own registry nor `latest` by themselves. */
export function parseOutputImage(text: string): Parsed<string> {
  if (isFullImageReference(text)) return { value: text }
  return {
    expected: 'must be a full reference with registry and tag, like "registry.example/team/tone:1"',
  }
}
