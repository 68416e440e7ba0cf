import { AuditEntry } from '../model/audit-entry.ts'
import { contract, PageQuery, pageOf } from './contract.ts'

export const listAudit = contract({
  method: 'get',
  path: '/audit',
  tag: 'Audit log',
  summary: 'Who changed what, and who was locked out, newest first',
  query: PageQuery,
  reply: pageOf(AuditEntry),
  status: 200,
  may: 'audit:read',
})
