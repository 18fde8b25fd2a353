// Pipeline: preset. Flags as people write them in the catalogue → flags by name.

import type { Flags } from './catalogue.ts'
import type { FlagText } from './entry.ts'

/** Directory of the chat templates in KAITO's images. */
const TEMPLATES = '/workspace/chat_templates/'

/** What an entry says to take a generated parser or template away. */
const NONE = 'none'

/** `['dtype=auto', 'trust_remote_code']` → `{dtype: 'auto', trust_remote_code: ''}`; the last of equal names wins. */
export function parseFlags(texts: readonly FlagText[] = []): Flags {
  return Object.fromEntries(texts.map(parseFlag))
}

function parseFlag(text: FlagText): readonly [string, string] {
  const equals = text.indexOf('=')
  return equals < 0 ? [text, ''] : [text.slice(0, equals), text.slice(equals + 1)]
}

/** `{[flag]: value}`, or no flag where there is no value. */
export function optionalFlag(flag: string, value: string | undefined): Flags {
  return value === undefined || value === NONE ? {} : { [flag]: value }
}

/** `{[flag]: path of the template in the image}`, or no flag where there is no template. */
export function templateFlag(flag: string, template: string | undefined): Flags {
  return template === undefined || template === NONE ? {} : { [flag]: TEMPLATES + template }
}
