/** A heading and the panels under it. */
export interface RowSpec {
  readonly title: string
  readonly panels: readonly PanelSpec[]
}

/** What a panel shows. */
export interface PanelSpec {
  readonly title: string
  /** What it tells and what to do about it, for the one who points at the panel's title. */
  readonly about: string
  /** One of Grafana's. */
  readonly unit: 'short' | 'reqps' | 'ops' | 's' | 'bytes' | 'Bps' | 'percentunit'
  readonly kind?: 'stat' | 'timeseries'
  /** Of 24 columns; 8 unless said otherwise. */
  readonly width?: number
  readonly queries: readonly Query[]
}

export interface Query {
  readonly expr: string
  readonly legend: string
  /** Points that lead to traces, where the data source knows where those are. */
  readonly exemplars?: boolean
}

/*
 * What the variables of the dashboard select.
 */
export const CLUSTER = 'job="$job", instance=~"$instance"'
export const SLOT = `${CLUSTER}, slot=~"$slot"`
export const TASK = `${CLUSTER}, task=~"$task"`

export const DURATION = 'offloop_http_request_duration_seconds'
/** Requests for work; those of health checks would dilute a share. */
export const API = `${CLUSTER}, route=~"/api/.+"`
export const API_RATE = `sum(rate(${DURATION}_count{${API}}[$__rate_interval]))`

export function stat(title: string, unit: PanelSpec['unit'], expr: string, about: string): PanelSpec {
  return { title, about, unit, kind: 'stat', width: 4, queries: [{ expr, legend: title }] }
}

/** A gauge of HTTP processes. */
export function bySlot(
  title: string,
  metric: string,
  unit: PanelSpec['unit'],
  about: string,
  width = 8,
): PanelSpec {
  return {
    title,
    about,
    unit,
    width,
    queries: [{ expr: `${metric}{${SLOT}}`, legend: '{{instance}} slot {{slot}}' }],
  }
}

export function quantiles(
  title: string,
  histogram: string,
  selector: string,
  label: string,
  about: string,
  width = 8,
): PanelSpec {
  const queries = [0.5, 0.95, 0.99].map((quantile) => ({
    expr: `histogram_quantile(${quantile}, sum by (${label}, le) (rate(${histogram}_bucket{${selector}}[$__rate_interval])))`,
    legend: `{{${label}}} p${quantile * 100}`,
    exemplars: quantile === 0.99,
  }))
  return { title: `${title}: p50, p95, p99`, about, unit: 's', width, queries }
}

/** A counter as a rate. */
export function counted(
  title: string,
  counter: string,
  selector: string,
  labels: string,
  about: string,
  width = 8,
): PanelSpec {
  const expr = `sum by (${labels}) (rate(${counter}{${selector}}[$__rate_interval]))`
  return { title, about, unit: 'ops', width, queries: [{ expr, legend: legendOf(labels) }] }
}

/** A counter of what is rare: how many, not how many a second. */
export function increased(title: string, counter: string, labels: string, about: string): PanelSpec {
  const expr = `sum by (${labels}) (increase(${counter}{${SLOT}}[$__rate_interval]))`
  return { title, about, unit: 'short', queries: [{ expr, legend: legendOf(labels) }] }
}

function legendOf(labels: string): string {
  return labels
    .split(', ')
    .map((label) => `{{${label}}}`)
    .join(' ')
}
