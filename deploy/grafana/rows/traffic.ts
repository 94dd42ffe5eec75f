import { CLUSTER, TASK, DURATION, bySlot, type RowSpec } from '../panel-spec.ts'

export const traffic: RowSpec = {
  title: 'Traffic',
  panels: [
    {
      title: 'Requests by route and status',
      about: 'Status 499: the client did not wait.',
      unit: 'reqps',
      queries: [
        {
          expr: `sum by (route, status) (rate(${DURATION}_count{${CLUSTER}}[$__rate_interval]))`,
          legend: '{{route}} {{status}}',
        },
      ],
    },
    {
      title: 'Requests by task and outcome',
      about: 'Every request of a task, those included that were refused.',
      unit: 'reqps',
      queries: [
        {
          expr: `sum by (task, outcome) (rate(offloop_task_queue_wait_seconds_count{${TASK}}[$__rate_interval]))`,
          legend: '{{task}} {{outcome}}',
        },
      ],
    },
    {
      title: 'Bytes of bodies',
      about: 'Of requests, as announced or received, and of answers that were sent to their end.',
      unit: 'Bps',
      queries: [
        {
          expr: `sum(rate(offloop_http_request_body_bytes_total{${CLUSTER}}[$__rate_interval]))`,
          legend: 'requests',
        },
        {
          expr: `sum(rate(offloop_http_response_body_bytes_total{${CLUSTER}}[$__rate_interval]))`,
          legend: 'answers',
        },
      ],
    },
    bySlot('Connections', 'offloop_http_connections_open', 'short', 'Connections of clients.', 12),
    bySlot(
      'Requests in flight',
      'offloop_http_requests_in_flight',
      'short',
      'Requests without their whole answer.',
      12,
    ),
  ],
}
