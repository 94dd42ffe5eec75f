import { expect, test } from 'vitest'
import { metricsType, OPEN_METRICS, TEXT } from '../../../src/primary/metrics/content-type.ts'

const PROMETHEUS =
  'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1'

test.each([
  [PROMETHEUS, OPEN_METRICS],
  [undefined, TEXT],
  ['*/*', TEXT],
  ['text/html,application/xhtml+xml', TEXT],
])('who accepts %s gets %s', (accept, type) => {
  expect(metricsType(accept)).toBe(type)
})
