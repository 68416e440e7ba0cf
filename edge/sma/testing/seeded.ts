/** Numbers in 0 ≤ n < 1, the same for the same seed (Lehmer, as in Park and Miller 1988). */
export function seeded(seed: number): () => number {
  let state = (seed % 2_147_483_646) + 1
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}
