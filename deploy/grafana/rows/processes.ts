import { CLUSTER, SLOT, bySlot, increased, type RowSpec } from '../panel-spec.ts'

export const processes: RowSpec = {
  title: 'Processes',
  panels: [
    increased(
      'Ends of processes',
      'offloop_process_exits_total',
      'reason',
      'By reason: docs/supervision.md. Crash, hung and out-of-memory are not on purpose.',
    ),
    increased(
      'Threads replaced',
      'offloop_thread_restarts_total',
      'reason',
      'By reason: docs/operations.md, "When threads are replaced".',
    ),
    {
      title: 'Reloads',
      about: 'By verdict, and whether the last one failed: then processes of two releases may serve.',
      unit: 'short',
      queries: [
        {
          expr: `sum by (verdict) (increase(offloop_reloads_total{${CLUSTER}}[$__rate_interval]))`,
          legend: '{{verdict}}',
        },
        {
          expr: `max by (instance) (offloop_last_reload_failed{${CLUSTER}})`,
          legend: '{{instance}} last one failed',
        },
      ],
    },
    {
      title: 'Slots by state',
      about: 'And those whose process has said nothing for three seconds, or dies again and again.',
      unit: 'short',
      queries: [
        { expr: `sum by (state) (offloop_slots{${CLUSTER}})`, legend: '{{state}}' },
        { expr: `count(offloop_process_reporting{${SLOT}} == 0) or vector(0)`, legend: 'silent' },
        { expr: `sum(offloop_process_crash_loop{${SLOT}})`, legend: 'in a crash loop' },
      ],
    },
    bySlot('Age', 'offloop_process_age_seconds', 's', 'A saw: processes that do not get old.'),
    {
      title: 'CPU',
      about: 'Cores in use by each HTTP process, its threads included, and by the primary.',
      unit: 'short',
      queries: [
        {
          expr: `sum by (instance, slot) (rate(offloop_process_cpu_seconds_total{${SLOT}}[$__rate_interval]))`,
          legend: '{{instance}} slot {{slot}}',
        },
        {
          expr: `rate(offloop_primary_cpu_seconds_total{${CLUSTER}}[$__rate_interval])`,
          legend: '{{instance}} primary',
        },
      ],
    },
    {
      title: 'Resident memory',
      about: 'Of each HTTP process, its threads included, and of the primary.',
      unit: 'bytes',
      queries: [
        { expr: `offloop_process_resident_memory_bytes{${SLOT}}`, legend: '{{instance}} slot {{slot}}' },
        { expr: `offloop_primary_resident_memory_bytes{${CLUSTER}}`, legend: '{{instance}} primary' },
      ],
    },
    {
      title: 'JavaScript heap',
      about: 'In use on the main threads and on the threads of tasks.',
      unit: 'bytes',
      queries: [
        { expr: `offloop_process_heap_used_bytes{${SLOT}}`, legend: '{{instance}} slot {{slot}} main' },
        {
          expr: `offloop_thread_heap_used_bytes{${SLOT}}`,
          legend: '{{instance}} slot {{slot}} thread {{thread}}',
        },
      ],
    },
    {
      title: 'Garbage collection',
      about: 'Share of time that the main threads of HTTP processes collect garbage, by kind.',
      unit: 'percentunit',
      queries: [
        {
          expr: `sum by (instance, slot, kind) (rate(offloop_gc_duration_seconds_sum{${SLOT}}[$__rate_interval]))`,
          legend: '{{instance}} slot {{slot}} {{kind}}',
        },
      ],
    },
    {
      title: 'File descriptors',
      about: 'Open, as a share of what a process may have (ulimit -n).',
      unit: 'percentunit',
      width: 12,
      queries: [
        {
          expr: `offloop_process_open_fds{${SLOT}} / ignoring (slot) group_left () offloop_process_max_fds{${CLUSTER}}`,
          legend: '{{instance}} slot {{slot}}',
        },
      ],
    },
    {
      title: 'The primary’s event loop at work',
      about: 'It accepts connections unless OFFLOOP_ACCEPT is reuse-port: near 1 it is the bottleneck.',
      unit: 'percentunit',
      width: 12,
      queries: [
        {
          expr: `rate(offloop_primary_event_loop_active_seconds_total{${CLUSTER}}[$__rate_interval])`,
          legend: '{{instance}}',
        },
      ],
    },
  ],
}
