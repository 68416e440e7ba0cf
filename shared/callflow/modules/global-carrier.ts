import { CarrierMemo, CarrierParams, calledOut, callOut, carrierExamples, carrierExits } from '../carrier-call.ts'
import { defineModule } from '../define-module.ts'

export const globalCarrier = defineModule({
  type: 'global-carrier',
  title: 'Global Carrier',
  summary: 'Calls the dialed number, or another one, through the carrier of the installation.',
  params: CarrierParams,
  exits: carrierExits,
  memo: CarrierMemo,
  answers: false,
  editor: { category: 'Advanced', icon: 'offnet', caption: (p) => p.number ?? p.numberVariable ?? '' },
  start: (p, view) => callOut(p, view, 'installation'),
  resume: (_, event) => calledOut(event),
  examples: carrierExamples,
})
