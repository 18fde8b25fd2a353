// Pipeline: vocabulary. Secrets that people paste where the name of a Secret belongs, by the forms that services give their
// tokens so that scanners find them. Whoever can read a workload can read its annotations, and so can logs and audits: such
// a text is refused, and never repeated.
// https://docs.github.com/en/code-security/secret-scanning/introduction/supported-secret-scanning-patterns

interface SecretForm {
  readonly what: string
  readonly pattern: RegExp
}

/** A token begins where no name goes on: `task-…` holds no `sk-…`. */
function token(what: string, pattern: string): SecretForm {
  return { what, pattern: new RegExp(`(?<![A-Za-z0-9_-])(?:${pattern})`, 'g') }
}

/** Random letters of both cases or digits among them, which no word has. */
const MIXED = '(?=[a-z0-9]*[A-Z0-9])'

/** Signatures of object stores (`sig`, `X-Amz-Signature`) are no such parameters: they open one file for some time. */
const SECRET_PARAMETERS =
  'access_token|auth_token|private_token|refresh_token|api[_-]?key|client_secret|secret|password|passwd|pwd'

const FORMS: readonly SecretForm[] = [
  token('a token of Hugging Face', `hf_(?:[A-Za-z0-9]{16,}|${MIXED}[A-Za-z0-9]{8,})`),
  { what: 'a token of Hugging Face', pattern: /^hf_\S+$/g },
  token(
    'an API key',
    `sk-(?:(?:ant|proj|svcacct|or)-[\\w-]{8,}|(?=[\\w-]*\\d)(?=[\\w-]*[A-Z])[\\w-]{16,}|[A-Za-z0-9]{20,})`,
  ),
  token(
    'an API key',
    `(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{10,}|nvapi-[\\w-]{20,}|AIza[\\w-]{35}|gsk_[A-Za-z0-9]{20,}`,
  ),
  token('a token of GitHub', 'gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\\w{20,}'),
  token('a token of GitLab', 'gl(?:pat|dt|rt|cbt|ptt|ft|agent)-[\\w-]{16,}'),
  token('a token of a registry', 'dckr_(?:pat|oat)_[\\w-]{20,}|npm_[A-Za-z0-9]{30,}|pypi-[\\w-]{30,}'),
  token(
    'a token',
    'xox[abeoprs]-[A-Za-z0-9-]{10,}|ya29\\.[\\w-]{20,}|hv[sbr]\\.[\\w-]{20,}|[Bb]earer\\s+[\\w.~+/-]{16,}',
  ),
  token('a JSON Web Token', 'eyJ[\\w-]{8,}\\.eyJ[\\w-]{8,}(?:\\.[\\w-]*)?'),
  { what: 'a key of a storage account', pattern: /AccountKey=[A-Za-z0-9+/=]{20,}/g },
  { what: 'a private key', pattern: /-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----[^-]*/g },
  { what: 'a user or a password in a URL', pattern: /(?<=[a-z][a-z0-9+.-]{1,20}:\/\/)[^\s/?#@,]+@/gi },
  { what: 'a secret in a URL', pattern: new RegExp(`(?<=[?&](?:${SECRET_PARAMETERS})=)[^&#\\s,]+`, 'gi') },
]

/** One of these is in every secret of these forms; a plan, which is long and looked at often, has none of them. */
const HINT =
  /hf_|sk[-_]|rk_|dckr_|nvapi-|AIza|gh[pousr]_|github_pat_|gl|npm_|pypi-|xox|ya29\.|hv[sbr]\.|earer|eyJ|PRIVATE KEY|:\/\/|=/

export interface FoundSecret {
  /** What it looks like: `a token of Hugging Face`. */
  readonly what: string
  /** Never to be shown. */
  readonly text: string
}

/** Every secret in the text; none for names, URLs and references as they should be. */
export function findSecrets(text: string): readonly FoundSecret[] {
  if (!HINT.test(text)) return []
  return FORMS.flatMap(({ what, pattern }) =>
    [...text.matchAll(pattern)].map(([found]) => ({ what, text: found })),
  )
}

/** Stands for a secret. */
const HIDDEN = '(hidden)'
/** Messages cut what they show: a beginning of a secret is one, too. Longer than the longest is as good as all of it. */
const SHORTEST_BEGINNING = 6
const LONGEST_BEGINNING = 120

/** The text without these secrets, and without the beginnings of them. */
export function withoutSecrets(text: string, secrets: readonly FoundSecret[]): string {
  return secrets.reduce((shown, secret) => withoutSecret(shown, secret.text), text)
}

function withoutSecret(text: string, secret: string): string {
  const whole = text.replaceAll(secret, HIDDEN)
  for (let length = Math.min(secret.length, LONGEST_BEGINNING); length >= SHORTEST_BEGINNING; length--) {
    const beginning = secret.slice(0, length)
    if (whole.includes(beginning)) return withoutWords(whole, beginning)
  }
  return whole
}

/** Without each of these beginnings, and what goes on behind it. */
function withoutWords(text: string, beginning: string): string {
  const [head = '', ...tails] = text.split(beginning)
  return head + tails.map(tail => HIDDEN + tail.replace(/^[^\s"'…]*/, '')).join('')
}
