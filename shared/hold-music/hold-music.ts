interface Level {
  readonly holdMusic?: string | undefined
}

export interface HoldMusicLevels {
  readonly device?: Level | undefined
  readonly user?: Level | undefined
  readonly account: Level
}

/** Media that the other party hears while somebody holds: of the holder's device, else of its owner, else of the account. */
export const holdMusicFor = ({ device, user, account }: HoldMusicLevels): string | undefined =>
  device?.holdMusic ?? user?.holdMusic ?? account.holdMusic
