import decodeQr from 'qr/decode.js'
import { expect, it } from 'vitest'
import { qrSvg } from './qr-code.ts'

const scale = 8

/** The picture as a camera would have it: every dark module of the path, eight pixels wide. */
function pixels(svg: string) {
  const width = scale * Number(/viewBox="0 0 (\d+) /.exec(svg)?.[1])
  const data = new Uint8ClampedArray(width * width * 4).fill(255)
  let [x, y] = [0, 0]
  for (const [, move, toX, toY] of svg.matchAll(/([Mm])(-?\d+)[ ,]?(-?\d+)h1v1/g)) {
    ;[x, y] = move === 'M' ? [Number(toX), Number(toY)] : [x + Number(toX), y + Number(toY)]
    for (let row = y * scale; row < (y + 1) * scale; row += 1)
      for (let column = x * scale; column < (x + 1) * scale; column += 1)
        data.fill(0, (row * width + column) * 4, (row * width + column) * 4 + 3)
  }
  return { width, height: width, data }
}

it('R-134: a camera reads what was meant', () => {
  const text = 'https://pbx.example/provision/4f9-_A/linphone.xml'

  expect(decodeQr(pixels(qrSvg(text)))).toBe(text)
})
