import { expect, test } from 'vitest'
import { dashboardText, readDashboard } from '../../deploy/grafana/dashboard.ts'
import { allMetrics, unknownMetrics } from '../support/named-metrics.ts'

const { text, dashboard } = readDashboard()
const panels = dashboard.panels.filter(({ type }) => type !== 'row')

test('offloop.json is what its rows say', () => {
  expect(text).toBe(dashboardText())
})

test('every metric that it names is in the tables of metrics', () => {
  expect(unknownMetrics(text)).toEqual([])
})

test('every metric is on it', () => {
  // What is there in another form: whether a process is silent, how old it is, the rate of what is active.
  const left = [
    'offloop_process_silent_seconds',
    'offloop_primary_start_time_seconds',
    'offloop_event_loop_utilization_ratio',
  ]
  const missing = allMetrics.map(({ name }) => name).filter((name) => !text.includes(name))
  expect(missing.filter((name) => !left.includes(name))).toEqual([])
})

test('every panel has an explanation, a unit and its queries', () => {
  for (const panel of panels) {
    expect(panel).toMatchObject({
      description: expect.stringMatching(/.{10}/),
      fieldConfig: { defaults: { unit: expect.any(String) } },
    })
    expect(panel.targets?.length).toBeGreaterThan(0)
  }
})

test('no two panels have the same id, or lie on top of each other', () => {
  expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length)
  const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, at) => `${x + (at % w)} ${y + Math.floor(at / w)}`),
  )
  expect(new Set(cells).size).toBe(cells.length)
  expect(dashboard.panels.filter(({ gridPos: { x, w } }) => x + w > 24)).toEqual([])
})
