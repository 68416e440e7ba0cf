import type { NumberClass } from '../model/number.ts'

const tollFree = /^\+1(?:800|888|877|866|855|844|833|822)\d{7}$/
/** 900 anywhere, 976 exchanges: the caller pays the called. */
const premiumNanp = /^\+1(?:900\d{7}|[2-9]\d{2}976\d{4})$/
/** Area codes of Caribbean and Atlantic states inside +1: dialled like home, billed like abroad, loved by fraudsters. */
const caribbean =
  /^\+1(?:242|246|264|268|284|340|345|441|473|649|658|664|670|671|684|721|758|767|784|787|809|829|849|868|869|876|939)\d{7}$/
const nanp = /^\+1[2-9]\d{2}[2-9]\d{6}$/
/** Satellite, international networks and premium ranges abroad. */
const premiumAbroad =
  /^\+(?:87\d|88[123]\d|979|808|44(?:9|870|871|872|873|84)|33(?:8[1289])|49(?:900|137|180)|39(?:89|199)|34(?:80[3567]|90[57])|3906698|61190|64900)\d+$/
const abroad = /^\+[2-9]\d{6,14}$/

/** The class a call is restricted by. Emergency numbers are settled before anybody asks (`shared/emergency`). */
export function classify(number: string): NumberClass {
  if (tollFree.test(number)) return 'toll-free'
  if (premiumNanp.test(number) || premiumAbroad.test(number)) return 'premium'
  if (caribbean.test(number)) return 'caribbean'
  if (nanp.test(number)) return 'national'
  return abroad.test(number) ? 'international' : 'unknown'
}
