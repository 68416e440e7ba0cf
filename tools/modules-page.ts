import type { CallModule } from '@offhook/shared/callflow/define-module.ts'
import { modules } from '@offhook/shared/callflow/modules/index.ts'
import { type Behaviour, behavioursOf, type Outcome } from '@offhook/shared/testing/module-behaviour.ts'

/** Characters of a reason that are shown: some repeat what was keyed in. */
const reasonMax = 60

const cell = (text: string) => text.replaceAll('|', '\\|')
const clipped = (text: string) => (text.length > reasonMax ? `${text.slice(0, reasonMax)}…` : text)

function describeOutcome({ leftBy, disposition, reason, times }: Outcome): string {
  const after = times > 1 ? `after ${times} times ` : ''
  const why = reason === undefined ? '' : `, trace “${clipped(reason)}”`
  if (leftBy === 'ends') return `${after}ends as \`${disposition}\`${why}`
  return leftBy === 'talks' ? `${after}the parties talk` : `${after}leaves by \`${leftBy}\`${why}`
}

const row = ({ when, outcomes }: Behaviour): string =>
  `| ${cell(when)} | ${cell(outcomes.map(describeOutcome).join('; or '))} |`

/** What becomes of the call when something goes another way; nothing for modules that nothing can happen to. */
function describeBehaviour(module: CallModule): string[] {
  const behaviours = behavioursOf(module)
  if (behaviours.length === 0) return ['It is over in an instant: nothing can come in between.']
  return ['| When | Then |', '|---|---|', ...behaviours.map(row)]
}

const forAll = `# Modules

Made by \`npm run generate\` from the modules themselves. Each line below is a test; each row of a table is what really running the module
through the engine came to, at every point of its examples where it waits.

For all of them:

- An event that comes again changes nothing and does nothing twice.
- A call keeps the configuration it began with: what is deleted while somebody calls is gone for the next call.
- A way out that is not wired is taken as the last one of the module; without a module behind that one, the call ends.
- When the process dies, the call is closed at the next start as \`failed\`, ended by us, with the reason \`restarted\`, and one record.
- Every call ends: after at most 25 jumps between callflows, 60 modules between two events, 900 events.
`

/** docs/reference/modules.md: every module that can be placed, its ways out, what its examples prove, and what becomes of calls that go wrong. */
export function describeModules(): string {
  const sections = modules
    .filter((module) => !module.editor.hidden)
    .toSorted((a, b) => (a.title < b.title ? -1 : 1))
    .map((module) => {
      const exits = module.exitsOf(module.examples[0]?.params ?? {})
      return [
        `## ${module.title}`,
        '',
        `${module.summary} Type \`${module.type}\`; category ${module.editor.category}; ${module.answers ? 'answers the caller' : 'does not answer by itself'}.`,
        '',
        exits.length === 0
          ? 'No way out: the call ends here.'
          : `Ways out: ${exits.map((exit) => `\`${exit}\``).join(', ')}.`,
        '',
        ...module.examples.map((example) => `- ${cell(example.says)}`),
        '',
        ...describeBehaviour(module),
      ].join('\n')
    })
  return `${forAll}\n${sections.join('\n\n')}\n`
}
