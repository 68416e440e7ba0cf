/** Play Media and Voicemail, as calls through the real engine and as the editor checks them. */
import { describe, expect, it } from 'vitest'
import { boxId } from '../../testing/acme.ts'
import { callflowOf, dialAcme as dial } from '../../testing/acme-with.ts'
import { Callflow } from '../callflow.ts'
import { checkCallflow } from '../check-callflow.ts'

const stranger = { outside: '+14255550163' } as const
const announce = { type: 'play-media', params: { mediaId: 'media-closed' } }
const toBox = (voicemailBoxId: string) => ({ type: 'voicemail', params: { voicemailBoxId } })

describe('Play Media', () => {
  it('R-065: plays the recording, then the next module has its turn', () => {
    const call = dial('7000', callflowOf('7000', [announce, toBox('box-general')]), {}, stranger)

    expect(call.given('play')[0]?.parts).toEqual([{ media: 'media-closed' }])
    expect(call.path).toEqual(['flow-7000.n1>next'])
    expect(call.state.position?.nodeId).toBe('n2')
    expect(call.heard[0]).toBe('media-closed')
    expect(call.state.answered).toBe(true)
  })

  it('R-065: one that is the last ends the call when it has been heard', () => {
    const call = dial('7000', callflowOf('7000', [announce]), {}, stranger)

    expect(call.types).toEqual(['look-up', 'play', 'hang-up'])
    expect(call.cdr).toMatchObject({ disposition: 'completed', endedBy: 'us' })
  })
})

describe('Voicemail', () => {
  it.each(['box-general', boxId('1001')])('R-079, R-149: the call ends at the box %s', (box) => {
    const call = dial('7000', callflowOf('7000', [toBox(box), announce]), {}, stranger)
      .press('')
      .speak(8)
      .press('1')

    expect(call.cdr).toMatchObject({ disposition: 'voicemail', voicemailBoxId: box })
    expect(call.given('file-message')).toMatchObject([{ act: 'commit', boxId: box }])
    expect(call.heard).not.toContain('media-closed')
  })

  it('R-079: nothing may come after it', () => {
    const after = (next: string) =>
      checkCallflow(
        Callflow.parse({
          id: 'flow',
          root: 'box',
          nodes: {
            box: { id: 'box', type: 'voicemail', params: { voicemailBoxId: 'box' }, exits: { [next]: 'bye' } },
            bye: { id: 'bye', type: 'hang-up' },
          },
        }),
      ).filter(({ severity }) => severity === 'error')

    for (const exit of ['next', 'no-answer', 'default'])
      expect(after(exit)).toMatchObject([{ nodeId: 'box', message: `A Voicemail has no way out called ${exit}.` }])
  })
})
