import { spawnSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { unknownMetrics } from '../support/named-metrics.ts'
import { pathOf } from '../support/path-of.ts'

const folder = fileURLToPath(new URL('../../deploy/prometheus', import.meta.url))
const root = new URL('../../', import.meta.url)
const read = (pattern: string) =>
  globSync(pattern, { cwd: folder })
    .map((file) => readFileSync(`${folder}/${file}`, 'utf8'))
    .join('\n')
const rules = read('rules/*.yml')
const namesOf = (kind: string) =>
  [...rules.matchAll(new RegExp(`- ${kind}: (\\S+)`, 'g'))].map(([, name = '']) => name)

const promtool = pathOf('promtool')

describe.skipIf(promtool === undefined)('promtool (skipped where it is not installed)', () => {
  test('takes the configuration and the rules', () => {
    expectSuccess('check', 'config', 'prometheus.yml')
    expectSuccess('check', 'rules', ...globSync('rules/*.yml', { cwd: folder }))
  })

  test.each(globSync('rules/tests/*.yml', { cwd: folder }))(
    'sees alerts fire when they should, and not when they should not: %s',
    (file) => expectSuccess('test', 'rules', file),
  )

  function expectSuccess(...args: string[]): void {
    const { status, stdout, stderr } = spawnSync(promtool ?? '', args, { cwd: folder, encoding: 'utf8' })
    expect({ status, said: `${stdout}${stderr}` }).toEqual({
      status: 0,
      said: expect.stringContaining('SUCCESS'),
    })
  }
})

test('every metric that rules and their tests name is in the tables of metrics', () => {
  expect(rules).toContain('offloop_http_request_duration_seconds_count')
  expect(unknownMetrics(`${rules}${read('rules/tests/*.yml')}`)).toEqual([])
})

test('every value that is recorded is used by an alert or shown by a test', () => {
  const used = `${read('rules/alerts.yml')}${read('rules/tests/*.yml')}`
  expect(namesOf('record').filter((name) => !used.includes(name))).toEqual([])
})

test('every alert is seen to fire', () => {
  const tests = read('rules/tests/*.yml')
  const shown = [...tests.matchAll(/alertname[:=] ?"?(\w+)/g)].map(([, name]) => name)
  expect(namesOf('alert').length).toBeGreaterThan(0)
  expect(namesOf('alert').filter((name) => !shown.includes(name))).toEqual([])
})

test('every alert has a severity, a summary, a description, and a section of the documentation', () => {
  const [, ...alerts] = rules.split('- alert: ')
  for (const alert of alerts) {
    expect(alert).toMatch(/severity: (critical|warning)/)
    expect(alert).toMatch(/summary: .{10}/)
    expect(alert).toMatch(/description: .{10}/)
    const [, page = '', section = ''] = /runbook: (\S+)#(\S+)/.exec(alert) ?? []
    expect(sectionsOf(page)).toContain(section)
  }
})

/** As they are in addresses. */
function sectionsOf(page: string): string[] {
  const headings = readFileSync(new URL(page, root), 'utf8').matchAll(/^#+ (.+)$/gm)
  return [...headings].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(' ', '-')
      .replaceAll(/[^\w-]/g, ''),
  )
}
