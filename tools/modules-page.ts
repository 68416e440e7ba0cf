import { modules } from '@offhook/shared/callflow/modules/index.ts'

const cell = (text: string) => text.replaceAll('|', '\\|')

/** docs/reference/modules.md: every module that can be placed, its ways out, and what its examples prove. */
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
      ].join('\n')
    })
  return `# Modules\n\nMade by \`npm run generate\` from the modules themselves; each line below is a test.\n\n${sections.join('\n\n')}\n`
}
