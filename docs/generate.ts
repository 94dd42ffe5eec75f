import { writeFileSync } from 'node:fs'
import type { Setting } from '../src/config/setting-types.ts'
import { settingTable } from '../src/config/settings.ts'
import { type ErrorEntry, errorTable } from '../src/errors.ts'
import { countedMetrics, primaryMetrics, reportedMetrics } from '../src/observability/metrics/metric-table.ts'
import type { Metric } from '../src/observability/metrics/metric-types.ts'

const GENERATED = '<!-- Made by `npm run docs`. Change the table in the code, not this page. -->'

/** The pages that are made from tables in the code, by the name of their file in this folder. */
export function generatedPages(): Readonly<Record<string, string>> {
  return { 'settings.md': settingsPage(), 'errors.md': errorsPage(), 'metrics.md': metricsPage() }
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

function metricsPage(): string {
  return `${GENERATED}
# Metrics

\`GET /metrics\` on the operators' server tells of the whole cluster, in Prometheus' text format or, where
\`Accept\` names it, in OpenMetrics with the trace ids of exemplars. Nobody is asked for it: what processes count
lies in memory that the primary reads, so a process that hangs or dies neither holds up a scrape nor takes along
what it had counted. [operations.md](operations.md) says what to look at when.

## Counted

Totals of all HTTP processes, those that have ended included: they never fall while the primary lives. Buckets are
upper bounds. \`route\` is the pattern, \`none\` where none matched; \`slot\` and \`thread\` are places, from 0.

${metricRows(countedMetrics)}

\`outcome\` of a task is \`ok\`, \`error\` (of the task's own, or of its input), \`timeout\`, \`cancelled\` (its client has
gone), \`refused\`, \`crashed\` or \`out-of-memory\`. One whose answer was on its way when its client
went, or was cut off for reading too slowly, is what the answer was. A run that a sibling process carried out is
counted by the process that had the request.

## Reported

How HTTP processes are, as they say each second. One that has said nothing for three seconds has none of these, and
\`offloop_process_reporting\` 0.

${metricRows(reportedMetrics)}

## The primary's own

${metricRows(primaryMetrics)}
`
}

function metricRows(table: Readonly<Record<string, Metric>>): string {
  const rows = Object.values(table).map((metric) => {
    const { name, type, labels, help } = metric
    const buckets = metric.type === 'histogram' ? ` Buckets: ${metric.buckets.join(', ')}.` : ''
    const labelList = labels.map((label) => `\`${label}\``).join(', ')
    return `| \`${name}\` | ${type} | ${labelList} | ${cell(help)}${buckets} |`
  })
  return ['| metric | kind | labels | what it tells |', '|---|---|---|---|', ...rows].join('\n')
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}
