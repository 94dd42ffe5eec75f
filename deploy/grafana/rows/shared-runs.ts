import { CLUSTER, counted, type RowSpec } from '../panel-spec.ts'

export const sharedRuns: RowSpec = {
  title: 'Shared runs',
  panels: [
    counted(
      'Runs passed between processes',
      'offloop_task_shared_runs_total',
      CLUSTER,
      'outcome',
      'Many "refused" are the price of a busy cluster; many "failed" say that event loops stand still.',
      12,
    ),
    {
      title: 'Share of runs that a sibling carried out',
      about: 'How unevenly connections are dealt out.',
      unit: 'percentunit',
      width: 12,
      queries: [
        {
          expr: `sum(rate(offloop_task_shared_runs_total{${CLUSTER}, outcome="given"}[$__rate_interval])) / sum(rate(offloop_task_run_seconds_count{${CLUSTER}}[$__rate_interval]))`,
          legend: 'given',
        },
      ],
    },
  ],
}
