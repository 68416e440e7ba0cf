import { grants } from '@offhook/shared/api/permission.ts'
import type { Scene } from './serve.ts'

/** PINs of mailboxes, rooms, greetings, hot desks and DISA. */
const secretFields = new Set(['pin', 'pins', 'moderatorPins', 'recordPin'])

/** A document as the caller may see it: people who cannot see secrets see no PIN. */
export function seenBy<T>(scene: Scene, document: T): T {
  if (grants(scene.caller.role, 'secrets:read')) return document
  const without = (value: unknown): unknown =>
    Array.isArray(value)
      ? value.map(without)
      : typeof value === 'object' && value !== null
        ? Object.fromEntries(
            Object.entries(value).flatMap(([key, part]) => (secretFields.has(key) ? [] : [[key, without(part)]])),
          )
        : value
  return without(document) as T
}
