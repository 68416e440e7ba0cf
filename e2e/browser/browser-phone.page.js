// Runs in the browser under test: JsSIP as an application would use it.
import JsSIP from 'jssip'

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
let agent

async function heardBy(session) {
  let received = 0
  let energy = 0
  for (const report of (await session.connection.getStats()).values()) {
    if (report.type !== 'inbound-rtp' || report.kind !== 'audio') continue
    received = report.packetsReceived
    energy = report.totalAudioEnergy ?? 0
  }
  return { received, energy }
}

function play(session) {
  session.connection.addEventListener('track', (event) => {
    const audio = new Audio()
    audio.srcObject = new MediaStream([event.track])
    void audio.play()
  })
}

const media = { mediaConstraints: { audio: true, video: false }, pcConfig: { iceServers: [] } }

window.phone = {
  register(text) {
    const { wsUrl, uri, password } = JSON.parse(text)
    agent = new JsSIP.UA({ sockets: [new JsSIP.WebSocketInterface(wsUrl)], uri, password, register_expires: 120 })
    return new Promise((resolve) => {
      agent.on('registered', () => resolve('registered'))
      agent.on('registrationFailed', (event) => resolve(`failed: ${event.cause}`))
      agent.start()
    })
  },
  call(number, seconds) {
    return new Promise((resolve, reject) => {
      const session = agent.call(number, media)
      play(session)
      let heard
      session.on('failed', (event) => reject(new Error(`${event.originator}: ${event.cause}`)))
      session.on('confirmed', async () => {
        await wait(seconds * 1000)
        heard = await heardBy(session)
        session.terminate()
      })
      session.on('ended', (event) => resolve({ ...heard, ended: event.originator === 'local' ? 'by us' : event.cause }))
    })
  },
  answerNext(seconds) {
    return new Promise((resolve, reject) => {
      agent.once('newRTCSession', ({ session }) => {
        session.on('failed', (event) => reject(new Error(`${event.originator}: ${event.cause}`)))
        session.on('confirmed', async () => {
          await wait(seconds * 1000)
          const heard = await heardBy(session)
          session.terminate()
          resolve({ from: session.remote_identity.uri.user, ...heard })
        })
        session.answer(media)
        play(session)
      })
    })
  },
}
