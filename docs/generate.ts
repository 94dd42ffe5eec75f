import { writeFileSync } from 'node:fs'
import type { Setting } from '../src/config/setting-types.ts'
import { settingTable } from '../src/config/settings.ts'
import { type ErrorEntry, errorTable } from '../src/errors.ts'

const GENERATED = '<!-- Made by `npm run docs`. Change the table in the code, not this page. -->'

/** The pages that are made from tables in the code, by the name of their file in this folder. */
export function generatedPages(): Readonly<Record<string, string>> {
  return { 'settings.md': settingsPage(), 'errors.md': errorsPage() }
}

if (import.meta.main) {
  for (const [name, text] of Object.entries(generatedPages())) {
    writeFileSync(new URL(name, import.meta.url), text)
  }
}

function settingsPage(): string {
  const rows = Object.values<Setting<unknown>>(settingTable).map(
    (setting) =>
      `| \`${setting.variable}\` | ${cell(setting.wanted)} | ${defaultOf(setting)} | ${cell(setting.doc)} |`,
  )
  return `${GENERATED}
# Settings

Settings are environment variables. A value that cannot be used stops the start with exit code 2 and a
sentence that names the variable, the value and what was wanted. An \`OFFLOOP_…\` variable that is not
in this table is reported with the nearest name that is. An empty value counts as not set.

| variable | value | default | what it does |
|---|---|---|---|
${rows.join('\n')}
`
}

function defaultOf(setting: Setting<unknown>): string {
  if (setting.default === 'cores') return 'available cores'
  const isEmpty = setting.default === '' || JSON.stringify(setting.default) === '{}'
  return isEmpty ? 'empty' : `\`${String(setting.default)}\``
}

function errorsPage(): string {
  const rows = Object.entries<ErrorEntry>(errorTable).map(
    ([code, { status, title, doc }]) => `| \`${code}\` | ${status} | ${cell(title)} | ${cell(doc)} |`,
  )
  return `${GENERATED}
# Errors

Every error is \`application/problem+json\` (RFC 9457) with these members: \`type\` (\`urn:offloop:error:\`
and the code), \`title\`, \`status\`, \`detail\` (what was wrong, with which value, and what was wanted),
\`code\`, \`requestId\`, \`timestamp\`, and for the first clients of this API \`success: false\` and
\`error\` (the same text as \`detail\`). Some codes add members, named below. Match on \`code\`: it is stable,
the words are not.

| code | status | title | when, and what helps |
|---|---|---|---|
${rows.join('\n')}

A task of your own may answer with codes of its own (\`throw new TaskError('MY_CODE', 'what was wrong')\`),
with status 422 unless it names another one from 400 to 499.
`
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}
