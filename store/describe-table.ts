import { accountTemplates, globalTemplates, type Templates, tableDescription } from './table.ts'

const row = (name: string, { pk, sk, gsi1pk, gsi1sk, what }: Templates): string => {
  const index = gsi1pk === undefined ? '' : `\`${gsi1pk}\` · \`${gsi1sk}\``
  return `| ${name} | \`${pk}\` | \`${sk}\` | ${index} | ${what} |`
}

const section = (templates: Readonly<Record<string, Templates>>): string[] => [
  '| Item | Partition | Sort key | Index | What it is for |',
  '|---|---|---|---|---|',
  ...Object.entries(templates).map(([name, template]) => row(name, template)),
]

/** Markdown of docs/reference/table.md: keys and access patterns, from the templates the code makes its keys with. */
export function describeTable(): string {
  const { partitionKey, sortKey, timeToLive, indexes, stream } = tableDescription
  return [
    '# The table',
    '',
    '<!-- Generated from store/table.ts: change that. -->',
    '',
    `One DynamoDB table. Keys \`${partitionKey}\` and \`${sortKey}\`; time to live \`${timeToLive}\`; stream ${stream}.`,
    ...indexes.map(
      ({ name, partitionKey: pk, sortKey: sk, projected }) =>
        `Index \`${name}\` on \`${pk}\` and \`${sk}\`, with ${projected.map((field) => `\`${field}\``).join(', ')}.`,
    ),
    '',
    'Names in braces are filled in. A `#` inside a value is written `%23`, so that no value reaches into another partition.',
    '',
    '## Inside an account',
    '',
    'Every partition begins with the account: what is given an account id can form no key of another account.',
    '',
    ...section(accountTemplates),
    '',
    '## Over all accounts',
    '',
    'Names that are unique over the installation, and what is found before the account is known.',
    '',
    ...section(globalTemplates),
    '',
  ].join('\n')
}
