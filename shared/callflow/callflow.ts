import * as z from 'zod'
import { Id } from '../model/id.ts'
import { CallflowNumber } from '../model/number.ts'

/** Nodes of one callflow, numbers it answers, patterns it tries: more than anybody drew, few enough to walk in a turn. */
export const nodesMax = 500
export const numbersMax = 200

/** One step placed in a callflow. `params` are checked against the module's schema when saved (`checkCallflow`). */
export const CallflowNode = z.object({
  /** Never a position: it stays when the picture is rearranged, and CDRs name it. */
  id: Id,
  type: z.string().regex(/^[a-z][a-z0-9-]{1,63}$/),
  params: z.record(z.string(), z.unknown()).default({}),
  /** Node to go on with, by the module's exit names. A missing one falls to the module's last exit; without that the call ends there. */
  exits: z.record(z.string().min(1).max(64), Id).default({}),
  /** A passed-over node: the call goes on by the last of its module's ways out. */
  skip: z.boolean().default(false),
  comment: z.string().max(500).optional(),
})
export type CallflowNode = z.infer<typeof CallflowNode>

/** A drawn callflow. A tree in the picture, stored as nodes by id; `root` absent: it answers nothing yet. */
export const Callflow = z.object({
  id: Id,
  /** Blank is allowed: it shows as its numbers. */
  name: z.string().trim().max(128).default(''),
  numbers: z.array(CallflowNumber).max(numbersMax).default([]),
  patterns: z.array(z.string().min(1).max(256)).max(20).default([]),
  root: Id.optional(),
  nodes: z.record(Id, CallflowNode).default({}),
  hideFromContactList: z.boolean().default(false),
  /** Set when made with an extension. */
  extension: z.string().optional(),
})
export type Callflow = z.infer<typeof Callflow>
