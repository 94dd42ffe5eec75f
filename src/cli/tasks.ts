import type { Command } from 'commander'
import { mediaTypesOf } from '../protocol/select-form.ts'
import type { CatalogueEntry } from '../protocol/thread-messages.ts'
import { addConnectOptions, type ConnectOptions, connect } from './connect.ts'
import { askJson, type OpsClient } from './ops-client.ts'
import { outputWidth, type Paint, print, terminalPaint } from './output.ts'
import { formatTableToWidth } from './table.ts'
import { formatBytes, formatDuration } from './units.ts'

/** `offloop tasks` */
export function addTasksCommand(program: Command): void {
  const command = program
    .command('tasks')
    .summary('the tasks that the application offers')
    .description('Lists the tasks that the application offers: what each takes, its limits and what it does.')
    .option('--json', 'print the JSON of GET /api/tasks unchanged, schemas included')
  addConnectOptions(command).action(async (options: ConnectOptions & { readonly json?: true }) => {
    const { text, body } = await askJson<{ tasks: readonly CatalogueEntry[] }>(
      await catalogueUrl(connect(options)),
      { who: 'the application', answerMs: ANSWER_MS },
    )
    print(options.json ? text : formatTasks(body.tasks, outputWidth(), terminalPaint))
  })
}

/** A table of tasks for a terminal of so many columns. */
export function formatTasks(tasks: readonly CatalogueEntry[], width: number, paint: Paint): string {
  const rows = tasks.map(({ name, input, limits, description }) => [
    name,
    mediaTypesOf(input),
    formatDuration(limits.timeMs),
    formatBytes(limits.inputBytes),
    description,
  ])
  const [titles = '', ...lines] = formatTableToWidth(COLUMNS, rows, width)
  return [paint('dim', titles), ...lines].join('\n')
}

const ANSWER_MS = 10_000

const COLUMNS = [
  { title: 'TASK' },
  { title: 'TAKES' },
  { title: 'TIME LIMIT', align: 'right' },
  { title: 'SIZE LIMIT', align: 'right' },
  { title: 'WHAT IT DOES' },
] as const

/**
 * An application that listens on every address calls itself localhost, which from here is the machine
 * of the primary.
 */
async function catalogueUrl(client: OpsClient): Promise<URL> {
  const { body } = await client.status()
  const url = new URL('/api/tasks', body.url)
  if (url.hostname === 'localhost') url.hostname = client.url.hostname
  return url
}
