/** G.711 in the E-model: no impairment of its own, and how loss hurts it with packets lost at random (ITU-T G.113 Appendix I). */
const lossRobustness = 25.1
/** R of a clean line, ITU-T G.107 default values. */
const cleanLine = 93.2
/** One-way delay from which people start to talk at once, ms. */
const noticedDelayMs = 177.3

/** Mean opinion score, 1.0 to 4.5, from loss (0 to 1) and one-way delay in ms: the E-model, ITU-T G.107. */
export function meanOpinionScore(loss: number, delayMs: number): number {
  const delay = 0.024 * delayMs + 0.11 * Math.max(0, delayMs - noticedDelayMs)
  const percent = loss * 100
  const equipment = (95 * percent) / (percent + lossRobustness)
  const r = Math.max(0, Math.min(100, cleanLine - delay - equipment))
  return Math.round(Math.max(1, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6) * 100) / 100
}
