import { readFileSync, writeFileSync } from 'node:fs'
import type { PanelSpec } from './panel-spec.ts'
import { atAGlance } from './rows/at-a-glance.ts'
import { traffic } from './rows/traffic.ts'
import { latency } from './rows/latency.ts'
import { saturation } from './rows/saturation.ts'
import { errors } from './rows/errors.ts'
import { processes } from './rows/processes.ts'
import { sharedRuns } from './rows/shared-runs.ts'

/*
 * Makes `offloop.json`, which Grafana 10 and 11 import, from the rows in `rows/`. `npm run docs` writes it, and a
 * test keeps the two equal.
 */
const ROWS = [atAGlance, traffic, latency, saturation, errors, processes, sharedRuns]
const FILE = new URL('offloop.json', import.meta.url)
const DATASOURCE = { type: 'prometheus', uid: '$datasource' }
const GRID_WIDTH = 24
const PANEL_HEIGHT = 8
const STAT_HEIGHT = 4

/** As Grafana has it; of its members what is read here. */
export interface Dashboard {
  readonly panels: readonly Panel[]
  readonly templating: { readonly list: readonly Variable[] }
}

export interface Panel {
  readonly id: number
  readonly type: 'row' | 'stat' | 'timeseries'
  readonly title: string
  readonly gridPos: GridPosition
  readonly targets?: readonly { readonly expr: string }[]
}

interface GridPosition {
  readonly x: number
  readonly y: number
  readonly w: number
  readonly h: number
}

interface Variable {
  readonly name: string
  readonly query: string | { readonly query: string }
}

/** The dashboard as it is committed. */
export function readDashboard(): { readonly text: string; readonly dashboard: Dashboard } {
  const text = readFileSync(FILE, 'utf8')
  return { text, dashboard: JSON.parse(text) as Dashboard }
}

/** The text of `offloop.json`. */
export function dashboardText(): string {
  const dashboard = {
    uid: 'offloop',
    title: 'Offloop',
    description: 'Clusters of Offloop. What to look at when: docs/operations.md.',
    tags: ['offloop'],
    schemaVersion: 39,
    editable: true,
    graphTooltip: 1,
    refresh: '30s',
    time: { from: 'now-3h', to: 'now' },
    timezone: 'browser',
    templating: { list: variables() },
    annotations: { list: [] },
    panels: panels(),
  }
  return `${JSON.stringify(dashboard, null, 2)}\n`
}

if (import.meta.main) writeFileSync(FILE, dashboardText())

function variables(): object[] {
  const ofCluster = '{job="$job", instance=~"$instance"}'
  return [
    { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus' },
    variable('job', 'label_values(offloop_build_info, job)'),
    severalOf('instance', 'label_values(offloop_build_info{job="$job"}, instance)'),
    severalOf('slot', `label_values(offloop_process_reporting${ofCluster}, slot)`),
    severalOf('task', `label_values(offloop_task_run_seconds_count${ofCluster}, task)`),
  ]
}

function variable(name: string, query: string): object {
  return {
    name,
    type: 'query',
    datasource: DATASOURCE,
    query: { query, refId: name },
    // When the time range changes: processes and tasks come and go.
    refresh: 2,
    sort: 3,
  }
}

function severalOf(name: string, query: string): object {
  const all = { text: ['All'], value: ['$__all'] }
  return { ...variable(name, query), multi: true, includeAll: true, allValue: '.*', current: all }
}

/** Each row is a heading and its panels from left to right, line by line. */
function panels(): object[] {
  let y = 0
  let id = 0
  return ROWS.flatMap(({ title, panels: specs }) => {
    id += 1
    const heading = {
      id,
      type: 'row',
      title,
      collapsed: false,
      gridPos: { x: 0, y, w: GRID_WIDTH, h: 1 },
      panels: [],
    }
    y += 1
    const placed = placeInLines(specs, y).map(({ spec, gridPos }) => {
      id += 1
      y = Math.max(y, gridPos.y + gridPos.h)
      return panel(id, spec, gridPos)
    })
    return [heading, ...placed]
  })
}

function placeInLines(
  specs: readonly PanelSpec[],
  top: number,
): { spec: PanelSpec; gridPos: GridPosition }[] {
  let x = 0
  let y = top
  return specs.map((spec) => {
    const w = spec.width ?? 8
    const h = spec.kind === 'stat' ? STAT_HEIGHT : PANEL_HEIGHT
    if (x + w > GRID_WIDTH) {
      x = 0
      y += h
    }
    const gridPos = { x, y, w, h }
    x += w
    return { spec, gridPos }
  })
}

function panel(
  id: number,
  { title, about, unit, kind = 'timeseries', queries }: PanelSpec,
  gridPos: GridPosition,
) {
  return {
    id,
    type: kind,
    title,
    description: about,
    datasource: DATASOURCE,
    gridPos,
    fieldConfig: {
      defaults: {
        unit,
        min: 0,
        ...(kind === 'timeseries' && { custom: { fillOpacity: 8, showPoints: 'never' } }),
      },
      overrides: [],
    },
    options:
      kind === 'stat'
        ? { reduceOptions: { calcs: ['lastNotNull'] }, colorMode: 'value', graphMode: 'area' }
        : {
            legend: { showLegend: true, displayMode: 'list', placement: 'bottom' },
            tooltip: { mode: 'multi', sort: 'desc' },
          },
    targets: queries.map(({ expr, legend, exemplars = false }, at) => ({
      refId: String.fromCharCode(65 + at),
      datasource: DATASOURCE,
      expr,
      legendFormat: legend,
      exemplar: exemplars,
      ...(kind === 'stat' && { instant: false }),
      range: true,
    })),
  }
}
