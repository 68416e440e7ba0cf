/** Numbers thrown away first: those of neighbouring seeds are close to each other until they have been mixed. */
const warmUp = 4

/** Numbers in 0 ≤ n < 1, the same for the same seed (Lehmer, as in Park and Miller 1988). */
export function seeded(seed: number): () => number {
  let state = (seed % 2_147_483_646) + 1
  const next = () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
  for (let n = 0; n < warmUp; n++) next()
  return next
}
