// Pipeline: kube. The body of a watch as the JSON objects that it is made of, one a line. Lines are cut by chunks anywhere,
// in the middle of a character too, and may be as long as an object can be.
import { isObject, type JsonObject } from '../core/api/json.ts'
import { TransientError } from './errors.ts'

const NEWLINE = 0x0a
/** etcd takes requests of 1.5 MiB (`--max-request-bytes`); JSON is not ten times as long. Beyond this it is no API server. */
const MAX_LINE_BYTES = 16 * 2 ** 20

/** Each line parsed; a last line without its end was cut off, and is left out. TransientError where a line is no JSON object. */
export async function* parseLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<JsonObject> {
  for await (const line of splitLines(chunks)) if (line.length > 0) yield parseObject(line)
}

/** Joins the pieces of a line only when it is whole: a line of many chunks is copied once. */
async function* splitLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let pieces: Buffer[] = []
  let pieceBytes = 0
  for await (const chunk of chunks) {
    let start = 0
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      pieces.push(chunk.subarray(start, end))
      yield pieces.length === 1 ? chunk.subarray(start, end) : Buffer.concat(pieces)
      pieces = []
      pieceBytes = 0
      start = end + 1
    }
    if (start === chunk.length) continue
    pieces.push(chunk.subarray(start))
    pieceBytes += chunk.length - start
    if (pieceBytes > MAX_LINE_BYTES) throw new TransientError(`a line of more than ${MAX_LINE_BYTES} bytes`)
  }
}

function parseObject(line: Buffer): JsonObject {
  try {
    const value: unknown = JSON.parse(line.toString('utf8'))
    if (isObject(value)) return value
  } catch (cause) {
    throw new TransientError('a line of the watch is not JSON', { cause })
  }
  throw new TransientError('a line of the watch is not a JSON object')
}
