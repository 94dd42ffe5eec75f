import { CLUSTER, SLOT, DURATION, API, API_RATE, stat, type RowSpec } from '../panel-spec.ts'

export const atAGlance: RowSpec = {
  title: 'At a glance',
  panels: [
    stat(
      'Slots ready',
      'short',
      `sum(offloop_slots{${CLUSTER}, state="ready"})`,
      'HTTP processes that take requests.',
    ),
    stat(
      'Slots wanted',
      'short',
      `sum(offloop_slots_wanted{${CLUSTER}})`,
      'HTTP processes that there should be.',
    ),
    stat('Requests', 'reqps', API_RATE, 'Requests for work: health checks are left out.'),
    stat(
      'Errors',
      'percentunit',
      `(sum(rate(${DURATION}_count{${API}, status=~"5..", status!="503"}[$__rate_interval])) or vector(0)) / ${API_RATE}`,
      'Share of requests with an answer of 500 or above, refusals (503) left out.',
    ),
    stat(
      'Refused',
      'percentunit',
      `sum(rate(offloop_task_refusals_total{${CLUSTER}}[$__rate_interval])) / ${API_RATE}`,
      'Share of requests that were not run.',
    ),
    stat(
      'Threads at work',
      'percentunit',
      `avg(rate(offloop_thread_active_seconds_total{${SLOT}}[$__rate_interval]) and offloop_thread_utilization_ratio{${SLOT}})`,
      'Share of their time in which threads work. Above 0.9 for long: more processes, threads or machines.',
    ),
  ],
}
