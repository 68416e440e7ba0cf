import * as z from 'zod'
import { Directory } from '../model/directory.ts'
import { RingGroup } from '../model/ring-group.ts'
import { contract } from './contract.ts'
import { draftOf } from './crud.ts'

const check = {
  method: 'post',
  reply: z.object({ warnings: z.array(z.object({ field: z.string(), message: z.string() })) }),
  status: 200,
  may: 'config:read',
} as const

export const checkDirectoryDraft = contract({
  ...check,
  path: '/directory-checks',
  tag: 'Directories',
  summary: 'What an administrator should know of a directory, without saving it',
  body: draftOf(Directory),
  bodyName: 'DirectoryDraft',
})

export const checkRingGroupDraft = contract({
  ...check,
  path: '/ring-group-checks',
  tag: 'Ring groups',
  summary: 'What an administrator should know of a ring group, without saving it',
  body: draftOf(RingGroup),
  bodyName: 'RingGroupDraft',
})
