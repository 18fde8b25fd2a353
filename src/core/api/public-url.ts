// Pipeline: vocabulary. Which URLs a pod of ours may be told to download: http and https, never the cluster's own network
// by its address. Names are not resolved here, as upstream has it (KAITO v0.12.0 api/v1beta1/workspace_validation.go), so one
// that leads inside (like those of nip.io) passes; the pod looks at what it leads to (scripts/tuning-download.sh).

/** What curl and WHATWG's parser read alike: visible ASCII without a backslash, which one of them takes for a slash. */
const READ_ALIKE = /^https?:\/\/[!-[\]-~]+$/i
/** Names that the public DNS never has (RFC 6761, RFC 6762, RFC 8375; ICANN's `internal`, where clouds have their metadata), and those of Services. */
const LOCAL_NAMES = /(^|\.)(localhost|localdomain|local|internal|home\.arpa|svc)$/
/** Where clouds answer with credentials. */
const METADATA_NAMES: ReadonlySet<string> = new Set(['metadata.google'])
/**
 * Addresses that are not public, as [network, bits]: https://www.iana.org/assignments/iana-ipv4-special-registry, what is not
 * globally reachable; multicast; and Azure's metadata server, which has an address like any other.
 */
const INTERNAL_IPV4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['168.63.129.16', 32],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
]

/** Why a text is not the URL of a public host; undefined: it is. */
export function publicUrlProblem(text: string): string | undefined {
  if (!READ_ALIKE.test(text) || !URL.canParse(text)) return 'must be an http or https URL, percent-encoded'
  const { username, password } = new URL(text)
  if (username !== '' || password !== '' || authorityOf(text).includes('@'))
    return 'must not hold a user or a password'
  const host = hostOf(text)
  if (host === '' || LOCAL_NAMES.test(host) || METADATA_NAMES.has(host) || isInternalAddress(host))
    return 'must be on a public host: not localhost, a metadata service, or a loopback, private or link-local address'
  return undefined
}

/** The host of a URL as it is compared: in lower case, without the dot of a full name. */
export function hostOf(url: string): string {
  return new URL(url).hostname.toLowerCase().replace(/\.+$/, '')
}

/** What may be shown of a URL: a query may hold a signature, and what stands before the host a password. */
export function shownUrl(text: string): string {
  return text.replace(/[?#].*$/s, '').replace(/^([a-z]+:\/\/)[^/]*@/i, '$1')
}

function authorityOf(text: string): string {
  return text.split(/[/?#]/)[2] ?? ''
}

/** Of a host as WHATWG's parser writes it: decimal, octal and hexadecimal forms are four numbers by then. */
function isInternalAddress(host: string): boolean {
  const ipv4 = bitsOfIpv4(host)
  if (ipv4 !== undefined) return isInternalIpv4(ipv4)
  return host.startsWith('[') && isInternalIpv6(groupsOf(host.slice(1, -1)))
}

function bitsOfIpv4(host: string): number | undefined {
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(host)) return undefined
  return host.split('.').reduce((bits, part) => bits * 256 + Number(part), 0)
}

function isInternalIpv4(bits: number): boolean {
  return INTERNAL_IPV4.some(([network, length]) => {
    const size = 2 ** (32 - length)
    return Math.floor(bits / size) === Math.floor((bitsOfIpv4(network) ?? 0) / size)
  })
}

/** The eight groups of an IPv6 address that the parser has accepted. */
function groupsOf(address: string): readonly number[] {
  const [head = '', tail] = address.split('::')
  const [before, after] = [readGroups(head), readGroups(tail ?? '')]
  return [...before, ...Array.from({ length: 8 - before.length - after.length }, () => 0), ...after]
}

function readGroups(part: string): readonly number[] {
  return part === '' ? [] : part.split(':').map(group => Number.parseInt(group, 16))
}

/**
 * 2000::/3 alone is the public Internet; of it not Teredo and other protocols of the IETF (2001::/23), 6to4 (2002::/16), nor
 * documentation (2001:db8::/32, 3fff::/20): https://www.iana.org/assignments/iana-ipv6-special-registry. NAT64 (64:ff9b::/96)
 * leads to the IPv4 address in it; a mapped one is nobody's.
 */
function isInternalIpv6(groups: readonly number[]): boolean {
  const [first = 0, second = 0] = groups
  const isNat64 = first === 0x64 && second === 0xff_9b && groups.slice(2, 6).every(group => group === 0)
  if (isNat64) return isInternalIpv4((groups[6] ?? 0) * 65_536 + (groups[7] ?? 0))
  if (first < 0x20_00 || first > 0x3f_ff || first === 0x20_02) return true
  if (first === 0x20_01) return second < 0x2_00 || second === 0xd_b8
  return first === 0x3f_ff && second < 0x10_00
}
