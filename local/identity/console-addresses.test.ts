import { expect, it } from 'vitest'
import { isConsole } from './console-addresses.ts'

const origins = ['http://127.0.0.1:8080', 'https://pbx.example']

it.each([
  ['http://127.0.0.1:8080/acme/', true],
  ['https://pbx.example/bolt-2/', true],
  ['https://pbx.example/bolt', false],
  ['https://pbx.example/acme/../evil/', false],
  ['https://pbx.example/acme/?next=//evil.example', false],
  ['https://pbx.example.evil.example/acme/', false],
  ['https://pbx.example@evil.example/acme/', false],
  ['http://pbx.example/acme/', false],
  ['http://127.0.0.1:80801/acme/', false],
  ['https://pbx.example//evil.example/', false],
  ['javascript:alert(1)', false],
])('whether %s is a console: %s', (uri, expected) => {
  expect(isConsole(uri, origins)).toBe(expected)
})
