import type { Paint } from './output.ts'
import type { SettingInEffect } from './settings.ts'
import { formatTableToWidth } from './table.ts'

/** A table of settings for a terminal of so many columns; those that are not at their default are marked. */
export function formatSettings(settings: readonly SettingInEffect[], width: number, paint: Paint): string {
  const emphasised = (text: string, { changed }: SettingInEffect) => (changed ? paint('bold', text) : text)
  const rows = settings.map((setting) => [
    setting.changed ? '*' : '',
    emphasised(setting.variable, setting),
    emphasised(textOf(setting.value), setting),
    textOf(setting.default),
    describe(setting),
  ])
  const [titles = '', ...lines] = formatTableToWidth(COLUMNS, rows, width)
  return [paint('dim', titles), ...lines, '', legend(settings)].join('\n')
}

const COLUMNS = [
  { title: '' },
  { title: 'VARIABLE' },
  { title: 'VALUE' },
  { title: 'DEFAULT' },
  { title: 'WHAT IT DOES' },
] as const

function legend(settings: readonly SettingInEffect[]): string {
  const changed = settings.filter((setting) => setting.changed)
  if (changed.length === 0) return 'All are at their defaults.'
  const fromFile = changed.filter(({ from }) => from === 'env file').map(({ variable }) => variable)
  return [
    `* not the default: ${changed.length} of ${settings.length}.`,
    ...(fromFile.length > 0 ? [`From the env file: ${fromFile.join(', ')}.`] : []),
  ].join(' ')
}

/** The table's words are Markdown for docs/settings.md. */
function describe({ doc, unit }: SettingInEffect): string {
  return `${doc}${unit === null ? '' : ` In ${unit}.`}`.replaceAll('`', '')
}

function textOf(value: unknown): string {
  if (value === '') return 'empty'
  return typeof value === 'string' ? value : JSON.stringify(value)
}
