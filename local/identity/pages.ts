import { createHash } from 'node:crypto'

const style = `
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }
body { margin: 0; min-height: 100vh; display: grid; place-items: center }
main { width: min(22rem, 90vw) }
h1 { font-size: 1.4rem }
label { display: block; margin-top: 1rem; font-weight: 600 }
input, button { box-sizing: border-box; width: 100%; padding: .6rem; font: inherit; margin-top: .25rem }
button { margin-top: 1.5rem; cursor: pointer }
[role=alert] { border-inline-start: .3rem solid #b3261e; padding: .5rem .75rem }
`
const styleHash = createHash('sha256').update(style).digest('base64')

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? '')

/** What goes with every page of signing in. `formTarget`: where the form may lead to, which is also where it is redirected in the end. */
export const pageHeaders = (formTarget = ''): Readonly<Record<string, string>> => ({
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${styleHash}'; form-action 'self' ${formTarget}; frame-ancestors 'none'; base-uri 'none'`,
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
})

const page = (title: string, content: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${style}</style>
</head>
<body><main>
<h1>${escaped(title)}</h1>
${content}
</main></body>
</html>
`

export interface LoginPage {
  readonly accountName: string
  readonly action: string
  readonly username?: string | undefined
  readonly refusal?: string | undefined
}

/** Where somebody signs in: it names the account whose address they came by. Works without a script, by keyboard and by ear. */
export function loginPage({ accountName, action, username = '', refusal }: LoginPage): string {
  const alert = refusal === undefined ? '' : `<p role="alert" id="refusal">${escaped(refusal)}</p>`
  const described = refusal === undefined ? '' : ' aria-describedby="refusal" aria-invalid="true"'
  return page(
    `Sign in to ${accountName}`,
    `${alert}
<form method="post" action="${escaped(action)}">
<label for="username">Username</label>
<input id="username" name="username" autocomplete="username" autocapitalize="none" spellcheck="false" maxlength="128" required autofocus value="${escaped(username)}"${described}>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" maxlength="256" required${described}>
<button type="submit">Sign in</button>
</form>`,
  )
}

export const messagePage = (title: string, text: string): string => page(title, `<p>${escaped(text)}</p>`)

/** Asks whether to sign out; `form` is the provider's own, with its token against forgery. */
export const signOutPage = (form: string): string =>
  page('Sign out?', `${form}<button type="submit" form="op.logoutForm" name="logout" value="yes">Sign out</button>`)
