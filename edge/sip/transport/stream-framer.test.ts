import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { StreamFramer } from './stream-framer.ts'

const message = (body: string) => `MESSAGE sip:a@b SIP/2.0\r\nCall-ID: 1\r\nl: ${body.length}\r\n\r\n${body}`
const bytes = (text: string) => new TextEncoder().encode(text)
const text = (data: Uint8Array) => new TextDecoder().decode(data)

describe('a stream', () => {
  it('gives the same messages however it is cut', () => {
    const bodies = fc.array(fc.stringMatching(/^[a-z\r\n]{0,60}$/), { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(bodies, fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1 }), (parts, cuts) => {
        const whole = bytes(parts.map((body, index) => `${'\r\n'.repeat(index % 4)}${message(body)}`).join(''))
        const framer = new StreamFramer()
        const got: string[] = []

        for (let at = 0, turn = 0; at < whole.length; turn += 1) {
          const length = cuts[turn % cuts.length] ?? 1
          got.push(...framer.push(whole.subarray(at, at + length)).messages.map(text))
          at += length
        }

        expect(got).toEqual(parts.map(message))
        expect(framer.isPartial).toBe(false)
      }),
    )
  })

  it.each([
    ['\r\n\r\n', 1],
    ['\r\n\r\n\r\n\r\n', 2],
    ['\r\n', 0],
  ])('counts the pings in %j', (sent, pings) => {
    expect(new StreamFramer().push(bytes(sent)).pings).toBe(pings)
  })

  it('knows a ping that comes in two parts', () => {
    const framer = new StreamFramer()

    expect([framer.push(bytes('\r\n')).pings, framer.push(bytes('\r\n')).pings]).toEqual([0, 1])
  })

  it.each([
    ['a message that does not say how long it is', 'MESSAGE sip:a@b SIP/2.0\r\nCall-ID: 1\r\n\r\n'],
    ['a body longer than any message may be', 'MESSAGE sip:a@b SIP/2.0\r\nContent-Length: 70000\r\n\r\n'],
    ['a head without an end', 'a'.repeat(70_000)],
  ])('ends with %s', (_, sent) => {
    expect(new StreamFramer().push(bytes(sent)).error).toBeDefined()
  })

  it('reads a byte at a time in no more time than it takes to read it once', () => {
    const framer = new StreamFramer()
    const head = bytes('MESSAGE sip:a@b SIP/2.0\r\nX: ')
    framer.push(head)
    const one = bytes('x')
    const beforeMs = performance.now()

    for (let count = 0; count < 60_000; count += 1) framer.push(one)

    expect(performance.now() - beforeMs).toBeLessThan(1_000)
    expect(framer.isPartial).toBe(true)
  })
})
