import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2'
import { mockClient } from 'aws-sdk-client-mock'
import { describe, expect, it } from 'vitest'
import { folderMail } from './folder.ts'
import type { Mail } from './mail-port.ts'
import { mimeOf } from './mime.ts'
import { sesMail } from './ses.ts'
import { smtpMail } from './smtp.ts'

const mail: Mail = {
  from: 'Acme PBX <pbx@acme.example>',
  to: ['ann@acme.example'],
  subject: 'New voicemail from José',
  text: 'A message is waiting.',
  id: 'voicemail/acme/box/one.wav',
  attachments: [{ name: 'message.wav', contentType: 'audio/wav', content: Buffer.from('RIFF') }],
}

describe('a mail', () => {
  it('is MIME with its audio attached, and says the same id twice', async () => {
    const text = (await mimeOf(mail)).toString('utf8')

    expect(text).toContain('Message-ID: <voicemail-acme-box-one.wav@acme.example>')
    expect(text).toContain('Content-Type: audio/wav; name=message.wav')
    expect(text).toContain(Buffer.from('RIFF').toString('base64'))
    expect(text).toMatch(/Subject: =\?UTF-8\?/)
  })

  it('cannot be given headers through its subject', async () => {
    const text = (await mimeOf({ ...mail, subject: 'Hi\r\nBcc: thief@example.com' })).toString('utf8')

    expect(text).not.toMatch(/^Bcc:/m)
  })

  it('with nobody to go to, or far too large, is refused', async () => {
    expect(() => mimeOf({ ...mail, to: [] })).toThrow('mail-too-large')
    expect(() => mimeOf({ ...mail, to: Array.from({ length: 51 }, () => 'a@b.example') })).toThrow('mail-too-large')
  })
})

describe('ways out', () => {
  it('SES gets the raw bytes and the recipients', async () => {
    const client = mockClient(SESv2Client)
    client.on(SendEmailCommand).resolves({ MessageId: '1' })

    await sesMail(new SESv2Client({ region: 'us-east-1' })).send(mail)

    const input = client.commandCalls(SendEmailCommand)[0]?.args[0].input
    expect(input).toMatchObject({
      FromEmailAddress: 'Acme PBX <pbx@acme.example>',
      Destination: { ToAddresses: ['ann@acme.example'] },
    })
    expect(Buffer.from(input?.Content?.Raw?.Data ?? []).toString()).toContain('A message is waiting.')
  })

  it('a folder gets one whole file a mail', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'mail-'))

    await folderMail(folder, () => new Date('2026-11-23T09:15:00.000Z')).send(mail)

    const [name = '', ...others] = await readdir(folder)
    expect(others).toEqual([])
    expect(name).toMatch(/^2026-11-23T09-15-00.000Z-[0-9a-f]{32}\.eml$/)
    expect(await readFile(join(folder, name), 'utf8')).toContain('A message is waiting.')
    await rm(folder, { recursive: true })
  })

  it('a mail server gets envelope and bytes', async () => {
    const heard: string[] = []
    const server = createServer((socket) => {
      let isData = false
      socket.write('220 test\r\n')
      socket.on('data', (chunk) => {
        heard.push(chunk.toString())
        if (isData && !chunk.toString().endsWith('\r\n.\r\n')) return
        const isStart = /^DATA/i.test(chunk.toString())
        socket.write(isStart ? '354 go on\r\n' : /^EHLO/i.test(chunk.toString()) ? '250 test\r\n' : '250 ok\r\n')
        isData = isStart
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo

    await smtpMail(`smtp://127.0.0.1:${port}`).send(mail)

    const all = heard.join('')
    expect(all).toContain('MAIL FROM:<pbx@acme.example>')
    expect(all).toContain('RCPT TO:<ann@acme.example>')
    expect(all).toContain('A message is waiting.')
    await new Promise((resolve) => server.close(resolve))
  })
})
