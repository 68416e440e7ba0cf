import * as z from 'zod'
import { entity } from './entity.ts'
import { accountTemplates } from './table.ts'

/** Fields lie flat in the item, so that each can be changed where nothing was before. What they must look like says `LiveFacts`. */
export const fact = entity(z.looseObject({}), accountTemplates.fact)
