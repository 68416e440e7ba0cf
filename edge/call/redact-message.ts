/** A header with the lines it is folded over, RFC 3261 §7.3.1. */
const proof = /^((?:Proxy-)?Authorization[ \t]*:[ \t]*\w*)[^\r\n]*(?:\r?\n[ \t]+[^\r\n]*)*/gim
/** Keys of SRTP (RFC 4568) and the password of ICE (RFC 8839 §5.4). */
const key = /^(a=crypto:\d+ \S+|a=ice-pwd:)[^\r\n]*/gim
const isInfo = /^INFO /
/** Whatever a phone writes a digit as: the whole body of an INFO. */
const infoBody = /(\r?\n\r?\n)[\s\S]+$/

/** A SIP message as others may read it: without proofs of passwords, keys of the audio, and digits, which may be a PIN. */
export function redact(text: string): string {
  const shown = text.replaceAll(proof, '$1 [redacted]').replaceAll(key, '$1 [redacted]')
  return isInfo.test(shown) ? shown.replace(infoBody, '$1[redacted]') : shown
}
