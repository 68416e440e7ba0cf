/** Packets of an Ogg file, RFC 3533: only of its first logical stream, only until that ends. */

export interface OggPacket {
  readonly bytes: Uint8Array
  /** Where the page that ends this packet says the sound is, samples since the beginning; absent where it says nothing. */
  readonly granule?: number
}

const headerBytes = 27
/** Continued packets longer than this are no sound: a Vorbis packet has a few kB, its tables 128 kB at the most. */
const packetBytesMax = 128 << 10

interface Page {
  readonly serial: number
  readonly isContinued: boolean
  readonly isFirst: boolean
  readonly isLast: boolean
  readonly granule: number
  /** Lengths of the segments; a packet ends with one shorter than 255 bytes (§5). */
  readonly lacing: Uint8Array
  readonly dataOffset: number
  readonly end: number
}

/** The page at an offset (§6); nothing where there is none or it is cut off. */
function pageAt(bytes: Buffer, at: number): Page | undefined {
  if (at + headerBytes > bytes.length || bytes.toString('latin1', at, at + 4) !== 'OggS') return undefined
  const flags = bytes.readUInt8(at + 5)
  const segments = bytes.readUInt8(at + 26)
  const dataOffset = at + headerBytes + segments
  const lacing = bytes.subarray(at + headerBytes, dataOffset)
  const end = dataOffset + lacing.reduce((sum, length) => sum + length, 0)
  if (end > bytes.length) return undefined
  return {
    serial: bytes.readUInt32LE(at + 14),
    isContinued: (flags & 1) !== 0,
    isFirst: (flags & 2) !== 0,
    isLast: (flags & 4) !== 0,
    granule: Number(bytes.readBigInt64LE(at + 6)),
    lacing,
    dataOffset,
    end,
  }
}

/** Pages one after the other; bytes between them that are none are passed over. */
function* pagesOf(bytes: Buffer): Generator<Page> {
  for (let at = 0; at >= 0 && at < bytes.length; ) {
    const page = pageAt(bytes, at)
    if (page === undefined) at = bytes.indexOf('OggS', at + 1, 'latin1')
    else {
      yield page
      at = page.end
    }
  }
}

export function* oggPackets(file: Uint8Array): Generator<OggPacket> {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength)
  let serial: number | undefined
  let begun: Uint8Array[] = []
  let begunBytes = 0
  for (const page of pagesOf(bytes)) {
    serial ??= page.serial
    if (page.serial !== serial) continue
    // What began on a page that is missing can never be finished.
    if (!page.isContinued) [begun, begunBytes] = [[], 0]
    const lost = page.isContinued && begun.length === 0
    yield* packetsOn(page, lost)
    if (page.isLast) return
  }

  function* packetsOn(page: Page, lost: boolean): Generator<OggPacket> {
    let skipping = lost
    let from = page.dataOffset
    let at = from
    const lastEnd = page.lacing.findLastIndex((length) => length < 255)
    for (const [index, length] of page.lacing.entries()) {
      at += length
      if (length === 255 && index < page.lacing.length - 1) continue
      if (!skipping && begunBytes < packetBytesMax) {
        begun.push(bytes.subarray(from, at))
        begunBytes += at - from
      }
      from = at
      if (length === 255) return
      if (!skipping && begunBytes <= packetBytesMax)
        yield {
          bytes: begun.length === 1 ? (begun[0] ?? new Uint8Array()) : Buffer.concat(begun),
          ...(index === lastEnd && page.granule >= 0 ? { granule: page.granule } : {}),
        }
      ;[begun, begunBytes, skipping] = [[], 0, false]
    }
  }
}
