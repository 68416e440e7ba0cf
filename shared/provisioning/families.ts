import { ciscoEnterpriseFiles } from './cisco-enterprise.ts'
import { ciscoMppFiles } from './cisco-mpp.ts'
import { grandstreamFiles } from './grandstream.ts'
import { mitelFiles } from './mitel.ts'
import type { PhoneSettings } from './phone-settings.ts'
import { polyFiles } from './poly.ts'
import type { ProvisioningFile } from './provisioning-file.ts'
import { yealinkFiles } from './yealink.ts'

/** Phones that are told things the same way. */
export interface Family {
  readonly id: 'yealink' | 'poly' | 'mitel' | 'grandstream' | 'cisco-mpp' | 'cisco-enterprise'
  readonly title: string
  /** A make and model as people write them. */
  readonly makes: RegExp
  /** What its phones call themselves when they fetch; the first group is the model. */
  readonly userAgent: RegExp
  /** First half of its MAC addresses, IEEE MA-L. */
  readonly macPrefixes: readonly string[]
  readonly models: readonly string[]
  /** Event of the NOTIFY that makes it fetch anew. */
  readonly resyncEvent: string
  files(settings: PhoneSettings): ProvisioningFile[]
}

/** In this order they are tried: enterprise firmware is told from multiplatform firmware by its model alone. */
export const families: readonly Family[] = [
  {
    id: 'yealink',
    title: 'Yealink',
    makes: /yealink/i,
    userAgent: /^yealink[\s-]+(?:SIP(?: VP)?-)?([\w-]+)/i,
    macPrefixes: ['001565', '805ec0', '805e0c', '249ad8', '44dbd2', 'c4fc22', '308ddf'],
    models: ['T31P', 'T33G', 'T43U', 'T46U', 'T48U', 'T53', 'T54W', 'T57W', 'T58W', 'W70B', 'CP925'],
    resyncEvent: 'check-sync;reboot=false',
    files: yealinkFiles,
  },
  {
    id: 'poly',
    title: 'Poly (Polycom)',
    makes: /poly/i,
    userAgent: /^(?:FileTransport )?Poly\w*[-/ ]([\w]+?)(?:-UA)?(?:\/|\s|$)/i,
    macPrefixes: ['0004f2', '64167f', '482567'],
    models: ['VVX 150', 'VVX 250', 'VVX 350', 'VVX 450', 'Edge E220', 'Edge E350', 'Trio C60', 'SoundPoint IP 335'],
    resyncEvent: 'check-sync',
    files: polyFiles,
  },
  {
    id: 'mitel',
    title: 'Mitel (Aastra)',
    makes: /mitel|aastra/i,
    userAgent: /^(?:Aastra|Mitel)\s?(\w+)/i,
    macPrefixes: ['00085d', '08000f'],
    models: ['6863i', '6865i', '6867i', '6869i', '6873i', '6920', '6930', '6940'],
    resyncEvent: 'check-sync',
    files: mitelFiles,
  },
  {
    id: 'grandstream',
    title: 'Grandstream',
    makes: /grandstream/i,
    userAgent: /^Grandstream (?:Model HW )?(\w+)/i,
    macPrefixes: ['000b82', 'c074ad', 'ec74d7'],
    models: ['GXP1628', 'GXP2135', 'GXP2170', 'GRP2612', 'GRP2614', 'GRP2616', 'HT801', 'HT802', 'DP752'],
    resyncEvent: 'check-sync',
    files: grandstreamFiles,
  },
  {
    id: 'cisco-enterprise',
    title: 'Cisco enterprise (SEP files)',
    makes: /cisco.*(?:enterprise|\b(?:CP-)?(?:79\d\d|69\d\d|89\d\d|99\d\d))/i,
    userAgent: /^Cisco-CP(79\d\d\w*)/i,
    macPrefixes: [],
    models: ['7942G', '7945G', '7962G', '7965G', '7975G', '8945'],
    resyncEvent: 'check-sync',
    files: ciscoEnterpriseFiles,
  },
  {
    id: 'cisco-mpp',
    title: 'Cisco multiplatform (3PCC), SPA',
    makes: /cisco|linksys/i,
    userAgent: /^Cisco[-/](?:CP-)?(\w+)/i,
    macPrefixes: [],
    models: ['6841', '7821', '7841', '7861', '8811', '8841', '8851', '8861', 'SPA504G', 'SPA525G2'],
    resyncEvent: 'resync',
    files: ciscoMppFiles,
  },
]

export interface Hints {
  readonly make?: string | undefined
  readonly model?: string | undefined
  readonly mac?: string | undefined
  readonly userAgent?: string | undefined
}

/** A phone's family: by what people wrote, else by what it calls itself, else by whose its MAC address is. */
export function familyOf({ make = '', model = '', mac = '', userAgent = '' }: Hints): Family | undefined {
  const written = `${make} ${model}`
  return (
    families.find(({ makes }) => makes.test(written)) ??
    families.find(({ userAgent: known }) => known.test(userAgent.slice(0, 256))) ??
    families.find(({ macPrefixes }) => macPrefixes.some((prefix) => mac.startsWith(prefix)))
  )
}

/** The model a phone says it is. */
export const modelIn = (family: Family, userAgent: string): string | undefined =>
  family.userAgent.exec(userAgent.slice(0, 256))?.[1]?.slice(0, 64)
