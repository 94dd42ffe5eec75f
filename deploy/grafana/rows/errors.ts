import { CLUSTER, TASK, DURATION, counted, type RowSpec } from '../panel-spec.ts'

export const errors: RowSpec = {
  title: 'Errors and refusals',
  panels: [
    {
      title: 'Answers that are errors',
      about:
        'By route and status. 4xx are the callers’, 503 is a refusal, 504 a time limit, 500 a task or the server.',
      unit: 'reqps',
      queries: [
        {
          expr: `sum by (route, status) (rate(${DURATION}_count{${CLUSTER}, status=~"4..|5.."}[$__rate_interval]))`,
          legend: '{{route}} {{status}}',
        },
      ],
    },
    counted(
      'Refused requests',
      'offloop_task_refusals_total',
      TASK,
      'code',
      'By code. docs/operations.md, "When requests are refused", has the lever for each.',
    ),
    counted(
      'Refused connections',
      'offloop_http_refused_connections_total',
      CLUSTER,
      'code',
      'By code: too many of them, or what came was no request.',
    ),
    {
      title: 'Runs without an answer of the task',
      about: 'Timed out, crashed, out of memory or given up by the client, by task.',
      unit: 'reqps',
      queries: [
        {
          expr: `sum by (task, outcome) (rate(offloop_task_run_seconds_count{${TASK}, outcome!~"ok|error"}[$__rate_interval]))`,
          legend: '{{task}} {{outcome}}',
        },
      ],
    },
    counted(
      'Given up',
      'offloop_task_cancellations_total',
      CLUSTER,
      'reason, stage',
      'By reason, and by what it took. Many "terminated": a task should call context.throwIfAborted().',
    ),
    {
      title: 'Retries and quarantine',
      about:
        'Runs begun again after a thread had died under them, each second; inputs that are refused, or suspected, because threads or processes died of them.',
      unit: 'short',
      queries: [
        {
          expr: `sum by (task) (rate(offloop_task_retries_total{${TASK}}[$__rate_interval]))`,
          legend: 'retries of {{task}}/s',
        },
        {
          expr: `sum by (state) (offloop_quarantined_inputs{${CLUSTER}})`,
          legend: 'inputs {{state}}',
        },
      ],
    },
  ],
}
