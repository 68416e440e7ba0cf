import * as z from 'zod'
import { Id, Instant, Name } from './id.ts'

/** Where help must come (R-272…R-277). Only a `confirmed` one makes its number fit for emergency caller ID. */
export const EmergencyAddress = z.object({
  id: Id,
  /** Company or person. */
  name: Name,
  street: z.string().trim().min(1).max(128),
  unit: z.string().trim().max(64).optional(),
  city: z.string().trim().min(1).max(64),
  region: z.string().regex(/^[A-Z]{2}$/),
  postalCode: z.string().trim().min(3).max(16),
  country: z
    .string()
    .regex(/^[A-Z]{2}$/)
    .default('US'),
  status: z.enum(['unverified', 'confirmed', 'failed']).default('unverified'),
  confirmedAt: Instant.optional(),
  acknowledgedBy: z.string().max(128).optional(),
})
export type EmergencyAddress = z.infer<typeof EmergencyAddress>
