import encodeQr from 'qr'

/** A text as a QR code, SVG, black on nothing with the quiet zone of ISO/IEC 18004 §9.1. Texts of about 2,000 characters fit. */
export const qrSvg = (text: string): string => encodeQr(text, 'svg', { ecc: 'medium', border: 4 })
