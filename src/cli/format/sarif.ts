// Pipeline: cli. Findings as SARIF 2.1.0, which code hosts show beside the lines:
// https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
import { relative, resolve, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import { hashHex } from '../../core/api/hash.ts'
import type { Finding } from '../findings.ts'
import type { Place } from '../place.ts'
import type { Validation } from '../validate.ts'
import { formatJson } from './json.ts'
import { RULE_IDS, SARIF_RULES, type RuleId } from './sarif-rules.ts'

const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json'
/** Where the presets, the images and the command lines come from, and what they mean is told. */
const INFORMATION = 'https://github.com/kaito-project/kaito'
const FINGERPRINT_CHARACTERS = 32

/** One run; URIs relative to the working directory, which CI sets to the checkout. */
export function formatSarif({ findings, version }: Omit<Validation, 'validated'>): string {
  const rules = RULE_IDS.map(id => ({
    id,
    shortDescription: { text: SARIF_RULES[id].what },
    help: { text: SARIF_RULES[id].remedy },
    defaultConfiguration: { level: SARIF_RULES[id].level },
  }))
  const driver = { name: 'kaito-native', version, informationUri: INFORMATION, rules }
  const run = { tool: { driver }, columnKind: 'utf16CodeUnits', results: results(findings) }
  return formatJson({ $schema: SCHEMA, version: '2.1.0', runs: [run] })
}

function results(findings: readonly Finding[]): readonly object[] {
  const seen = new Map<string, number>()
  return findings.map(finding => {
    const identity = fingerprint(finding)
    const count = (seen.get(identity) ?? 0) + 1
    seen.set(identity, count)
    return result(finding, `${identity}:${count}`)
  })
}

function result(finding: Finding, identity: string): object {
  const { level, message, place, object, policy, field } = finding
  const ruleId = ruleOf(finding)
  return {
    ruleId,
    ruleIndex: RULE_IDS.indexOf(ruleId),
    level,
    message: { text: message },
    locations: [{ physicalLocation: physicalLocation(place) }],
    partialFingerprints: { 'kaitoNative/v1': identity },
    properties: {
      object,
      ...(policy !== undefined && { policy }),
      ...(field !== undefined && { field }),
    },
  }
}

function ruleOf({ code }: Finding): RuleId {
  return RULE_IDS.find(id => id === code) ?? 'Warning'
}

/** What stays the same when lines move: the object, the field and the rule, whatever the wording. */
function fingerprint(finding: Finding): string {
  const { object, field = '', policy = '', message } = finding
  const rule = ruleOf(finding)
  const what = rule === 'Warning' ? message : ''
  return hashHex(JSON.stringify([rule, object, field, policy, what]), FINGERPRINT_CHARACTERS)
}

function physicalLocation({ file, start, end }: Place): object {
  return {
    artifactLocation: { uri: artifactUri(file) },
    region: { startLine: start.line, startColumn: start.column, endLine: end.line, endColumn: end.column },
  }
}

/** Relative inside the working directory, absolute elsewhere; stdin has no place of its own. */
function artifactUri(file: string): string {
  if (file === '-') return 'stdin'
  const path = relative(process.cwd(), resolve(file))
  const isInside = path !== '' && path !== '..' && !path.startsWith(`..${sep}`)
  return isInside ? path.split(sep).map(encodeURIComponent).join('/') : pathToFileURL(resolve(file)).href
}
