import { SLOT, bySlot, type RowSpec } from '../panel-spec.ts'

export const saturation: RowSpec = {
  title: 'Saturation',
  panels: [
    bySlot('Queue', 'offloop_task_queue_depth', 'short', 'Requests that wait for a thread.'),
    bySlot(
      'Memory of requests',
      'offloop_task_memory_bytes',
      'bytes',
      'Bodies that arrive or wait, answers not written out. Bounded by OFFLOOP_QUEUE_MAX_BYTES.',
    ),
    {
      title: 'Threads by state',
      about: 'Starting ones that do not go away tell of threads that end again and again.',
      unit: 'short',
      queries: [{ expr: `sum by (state) (offloop_threads{${SLOT}})`, legend: '{{state}}' }],
    },
    {
      title: 'Threads at work',
      about: 'Share of its time in which a thread works.',
      unit: 'percentunit',
      queries: [
        {
          expr: `rate(offloop_thread_active_seconds_total{${SLOT}}[$__rate_interval]) and offloop_thread_utilization_ratio{${SLOT}}`,
          legend: '{{instance}} slot {{slot}} thread {{thread}}',
        },
      ],
    },
    {
      title: 'CPU of threads',
      about:
        'Less than the share of time at work: tasks wait for something, or the machine has too few cores. Libraries may compute on threads of their own, which are in the CPU of the process alone.',
      unit: 'short',
      queries: [
        {
          expr: `sum by (instance, slot) (rate(offloop_thread_cpu_seconds_total{${SLOT}}[$__rate_interval]))`,
          legend: '{{instance}} slot {{slot}}',
        },
      ],
    },
    {
      title: 'Event loops at work',
      about:
        'Share of its time in which the event loop of an HTTP process was not waiting. They only move bytes: high ones want more processes.',
      unit: 'percentunit',
      queries: [
        {
          expr: `sum by (instance, slot) (rate(offloop_event_loop_active_seconds_total{${SLOT}}[$__rate_interval]))`,
          legend: '{{instance}} slot {{slot}}',
        },
      ],
    },
    {
      title: 'Delay of event loops',
      about: 'By how much callbacks come too late. Above 100 ms every request feels it.',
      unit: 's',
      width: 12,
      queries: [0.5, 0.99].map((quantile) => ({
        expr: `histogram_quantile(${quantile}, sum by (instance, slot, le) (rate(offloop_event_loop_delay_seconds_bucket{${SLOT}}[$__rate_interval])))`,
        legend: `{{instance}} slot {{slot}} p${quantile * 100}`,
      })),
    },
    {
      title: 'Event loops that stand still',
      about:
        'Times a second that one stood still for longer than OFFLOOP_BLOCK_WARN_MS, and the share of time. The log says where.',
      unit: 'short',
      width: 12,
      queries: [
        {
          expr: `sum by (instance, slot) (rate(offloop_event_loop_stalls_total{${SLOT}}[$__rate_interval]))`,
          legend: '{{instance}} slot {{slot}} stalls/s',
        },
        {
          expr: `sum by (instance, slot) (rate(offloop_event_loop_stalled_seconds_total{${SLOT}}[$__rate_interval]))`,
          legend: '{{instance}} slot {{slot}} share of time',
        },
      ],
    },
  ],
}
