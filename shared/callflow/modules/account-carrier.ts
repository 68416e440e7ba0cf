import { CarrierMemo, CarrierParams, calledOut, callOut, carrierExamples, carrierExits } from '../carrier-call.ts'
import { defineModule } from '../define-module.ts'

export const accountCarrier = defineModule({
  type: 'account-carrier',
  title: 'Account Carrier',
  summary: "Calls the dialed number, or another one, through the account's own carriers, in their order.",
  params: CarrierParams,
  exits: carrierExits,
  memo: CarrierMemo,
  answers: false,
  editor: { category: 'Advanced', icon: 'resource', caption: (p) => p.number ?? p.numberVariable ?? '' },
  start: (p, view) => callOut(p, view, 'account'),
  resume: (_, event) => calledOut(event),
  examples: carrierExamples,
})
