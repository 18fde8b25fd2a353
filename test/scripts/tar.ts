// Tar archives (POSIX ustar, as far as short names go) made and read by the format's own fields, so that a test does not
// judge one tar by another.

const BLOCK = 512

/** The entries of an archive: names with their contents, '' for a folder. */
export function readTar(tar: Buffer): Readonly<Record<string, string>> {
  const entries: Record<string, string> = {}
  for (let at = 0; tar[at] !== 0 && at < tar.length;) {
    const size = Number.parseInt(field(tar, at + 124, 12), 8)
    entries[field(tar, at, 100)] = tar.toString('utf8', at + BLOCK, at + BLOCK + size)
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK
  }
  return entries
}

/** An archive of these files; a name that ends in `/` is a folder. */
export function makeTar(entries: Readonly<Record<string, string>>): Buffer {
  const files = Object.entries(entries).map(([name, content]) => {
    const padding = Buffer.alloc((BLOCK - (Buffer.byteLength(content) % BLOCK)) % BLOCK)
    return Buffer.concat([header(name, content), Buffer.from(content), padding])
  })
  return Buffer.concat([...files, Buffer.alloc(2 * BLOCK)])
}

function header(name: string, content: string): Buffer {
  const block = Buffer.alloc(BLOCK)
  const isFolder = name.endsWith('/')
  const write = (text: string, at: number): void => void block.write(text, at, 'latin1')
  write(name, 0)
  write(octal(isFolder ? 0o755 : 0o600, 8), 100)
  write(octal(0, 8) + octal(0, 8), 108)
  write(octal(Buffer.byteLength(content), 12) + octal(0, 12), 124)
  // The checksum counts its own field as blanks.
  write(`        ${isFolder ? '5' : '0'}`, 148)
  write('ustar\u000000', 257)
  write(
    `${octal(
      block.reduce((sum, byte) => sum + byte, 0),
      7,
    )} `,
    148,
  )
  return block
}

function octal(value: number, digits: number): string {
  return `${value.toString(8).padStart(digits - 1, '0')}\0`
}

function field(tar: Buffer, at: number, length: number): string {
  return tar
    .toString('latin1', at, at + length)
    .replace(/\0.*$/s, '')
    .trim()
}
