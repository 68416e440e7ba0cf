import type { NumberClass } from '../model/number.ts'

const tollFree = /^\+1(?:800|888|877|866|855|844|833|822)\d{7}$/
/** 900 and 976 bill the caller for the called; 5xx and 700 belong to no place, and nobody can tell what they cost. */
const premiumNanp = /^\+1(?:(?:900|700|500|52[1-9]|533|544|566|577|588)\d{7}|[2-9]\d{2}976\d{4})$/
/** Area codes of Caribbean, Atlantic and Pacific islands inside +1: dialled like home, billed like abroad, loved by fraudsters. */
const caribbean =
  /^\+1(?:242|246|264|268|284|340|345|441|473|649|658|664|670|671|684|721|758|767|784|787|809|829|849|868|869|876|939)\d{7}$/
const nanp = /^\+1[2-9]\d{9}$/
/** Satellites (870, 881), networks of no country (878, 882, 883), shared cost and premium (808, 979), and premium ranges of large countries. */
const premiumAbroad =
  /^\+(?:87[0-9]|88[123]|979|808|44(?:9|70|84|87[0-3])|33(?:8[1289])|49(?:900|137|180)|39(?:89[0-9]|199)|34(?:80[3567]|90[57])|6119|64900)\d+$/
/** Free services of three digits in North America: the crisis line 988, 211, 311, 511, relay 711, health 811. 411 and 611 may cost. */
const freeService = /^(?:988|[23578]11)$/
const paidService = /^[46]11$/
const abroad = /^\+[2-9]\d{6,14}$/

/** The class a call is restricted by, of a normalised number. Emergency numbers are settled before anybody asks (`shared/emergency`). */
export function classify(number: string): NumberClass {
  if (tollFree.test(number) || freeService.test(number)) return 'toll-free'
  if (premiumNanp.test(number) || premiumAbroad.test(number)) return 'premium'
  if (caribbean.test(number)) return 'caribbean'
  if (nanp.test(number) || paidService.test(number)) return 'national'
  return abroad.test(number) ? 'international' : 'unknown'
}

/** A service that the carrier answers under three digits. Not 911: that is no number like others. */
export const isService = (number: string): boolean => freeService.test(number) || paidService.test(number)
