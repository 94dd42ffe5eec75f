import { CLUSTER, TASK, DURATION, quantiles, type RowSpec } from '../panel-spec.ts'

export const latency: RowSpec = {
  title: 'Latency',
  panels: [
    quantiles(
      'Whole requests by route',
      DURATION,
      CLUSTER,
      'route',
      'From the headers to the end of the answer.',
    ),
    quantiles(
      'Runs by task',
      'offloop_task_run_seconds',
      TASK,
      'task',
      'Time on a thread, as the caller saw it.',
    ),
    quantiles(
      'Waits by task',
      'offloop_task_queue_wait_seconds',
      TASK,
      'task',
      'Time until a thread was free. Where waits are long and runs are as always, there is more work than threads.',
    ),
    quantiles(
      'Arrival of bodies by task',
      'offloop_task_body_seconds',
      TASK,
      'task',
      'Long ones tell of slow clients or networks.',
      12,
    ),
    quantiles(
      'Encoding of answers by task',
      'offloop_task_encode_seconds',
      TASK,
      'task',
      'Part of a run: long ones tell of large answers.',
      12,
    ),
  ],
}
