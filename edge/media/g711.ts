/** G.711 by tables. Linear samples are 16-bit signed. ITU-T G.711, both laws; 160 samples make 20 ms. */
export const frameSamples = 160
export const frameMs = 20
/** A frame of digital silence in µ-law. */
export const ulawSilence = 0xff

function ulawToLinear(code: number): number {
  const inverted = ~code & 0xff
  const exponent = (inverted >> 4) & 7
  const magnitude = (((inverted & 0x0f) << 3) + 0x84) << exponent
  return (inverted & 0x80) !== 0 ? 0x84 - magnitude : magnitude - 0x84
}

function alawToLinear(code: number): number {
  const toggled = code ^ 0x55
  const exponent = (toggled & 0x70) >> 4
  let magnitude = ((toggled & 0x0f) << 4) + 8
  if (exponent > 0) magnitude = (magnitude + 0x100) << (exponent - 1)
  return (toggled & 0x80) !== 0 ? magnitude : -magnitude
}

/** Nearest code of a law for each of the 65,536 samples, found from the decoder so that the two agree exactly. */
function encoder(decode: Int16Array): Uint8Array {
  const codes = [...decode.keys()].toSorted((a, b) => (decode[a] ?? 0) - (decode[b] ?? 0))
  const table = new Uint8Array(65_536)
  let index = 0
  for (let sample = -32_768; sample <= 32_767; sample += 1) {
    while (
      index < 255 &&
      Math.abs((decode[codes[index + 1] ?? 0] ?? 0) - sample) <= Math.abs((decode[codes[index] ?? 0] ?? 0) - sample)
    )
      index += 1
    table[sample & 0xffff] = codes[index] ?? 0
  }
  return table
}

export const ulawDecode = Int16Array.from({ length: 256 }, (_, code) => ulawToLinear(code))
export const alawDecode = Int16Array.from({ length: 256 }, (_, code) => alawToLinear(code))
export const ulawEncode = encoder(ulawDecode)
export const alawEncode = encoder(alawDecode)
export const ulawToAlaw = Uint8Array.from(
  { length: 256 },
  (_, code) => alawEncode[(ulawDecode[code] ?? 0) & 0xffff] ?? 0,
)
export const alawToUlaw = Uint8Array.from(
  { length: 256 },
  (_, code) => ulawEncode[(alawDecode[code] ?? 0) & 0xffff] ?? 0,
)

/** The bytes of one law in the other; the same bytes when nothing is to be done. */
export function recode(bytes: Uint8Array, table: Uint8Array): Uint8Array {
  const out = new Uint8Array(bytes.length)
  for (let index = 0; index < bytes.length; index += 1) out[index] = table[bytes[index] ?? 0] ?? 0
  return out
}
