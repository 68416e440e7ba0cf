import type { LegIdentity } from '@offhook/edge/call/call-control.ts'
import type { AudioSource } from '@offhook/edge/media/media-engine.ts'
import { holdMusicFor } from '@offhook/shared/hold-music/hold-music.ts'
import { singletonId } from '@offhook/shared/model/document.ts'
import type { FolderObjects } from '@offhook/store/objects/folder.ts'
import type { Store } from '@offhook/store/store.ts'

/**
 * What somebody hears whom `holder` has put on hold, as it is saved now; `otherwise` where nothing is chosen or the recording is gone.
 * Four reads a hold, from memory when warm.
 */
export const holdMusic =
  (store: Pick<Store, 'documents'>, objects: Pick<FolderObjects, 'exists' | 'pathOf'>, otherwise: AudioSource) =>
  async (holder: LegIdentity): Promise<AudioSource> => {
    const { accountId } = holder
    const deviceId = holder.kind === 'trunk' ? undefined : holder.deviceId
    const [account, device] = await Promise.all([
      store.documents.get(accountId, 'account', singletonId),
      deviceId === undefined ? undefined : store.documents.get(accountId, 'device', deviceId),
    ])
    if (account === undefined) return otherwise
    const ownerId = device?.document.ownerId
    const owner = ownerId === undefined ? undefined : await store.documents.get(accountId, 'user', ownerId)
    const id = holdMusicFor({ account: account.document, device: device?.document, user: owner?.document })
    const media = id === undefined ? undefined : await store.documents.get(accountId, 'media', id)
    const key = media?.document.objectKey
    return key !== undefined && (await objects.exists(key)) ? { kind: 'file', path: objects.pathOf(key) } : otherwise
  }
