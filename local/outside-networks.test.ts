import { expect, it } from 'vitest'
import { readSettings } from './settings.ts'

const networks = (environment: Record<string, string>) => readSettings(environment, 0).outsideNetworks

it('URLs of callflows may lead to the machine itself where it only listens to itself, and into networks that are named', () => {
  expect(networks({})).toEqual(['127.0.0.0/8', '::1/128'])
  expect(networks({ OFFHOOK_LISTEN: '0.0.0.0' })).toEqual([])
  expect(networks({ OFFHOOK_LISTEN: '192.0.2.1', OFFHOOK_OUTSIDE_NETWORKS: '10.1.2.0/24, 10.9.0.0/16' })).toEqual([
    '10.1.2.0/24',
    '10.9.0.0/16',
  ])
  expect(networks({ OFFHOOK_OUTSIDE_NETWORKS: '' })).toEqual([])
})
