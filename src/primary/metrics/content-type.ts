/** The two forms in which metrics are told, by their media types. */
export const TEXT = 'text/plain; version=0.0.4; charset=utf-8'
export const OPEN_METRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8'
export type ContentType = typeof TEXT | typeof OPEN_METRICS

/** OpenMetrics for those alone who ask for it by name: it has exemplars, and few others can read it. */
export function metricsType(accept = ''): ContentType {
  return accept.includes('application/openmetrics-text') ? OPEN_METRICS : TEXT
}
