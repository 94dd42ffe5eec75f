import { expect, test } from 'vitest'
import { decodeRun, encodeRun, type SharedRunRequest } from '../../src/protocol/shared-run.ts'

const run: SharedRunRequest = {
  task: 'hash',
  requestId: 'r1',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  query: 'a=%C3%A9&b="',
}

test('a run comes out of its header as it went in, and the header is ASCII', () => {
  const header = encodeRun({ ...run, accept: 'text/plain, é' })
  expect(header).toMatch(/^[!-~]+$/)
  expect(decodeRun(header)).toEqual({ ...run, accept: 'text/plain, é' })
})

test('a run of a release without traces has one that nobody takes for valid', () => {
  const { traceparent: _, ...earlier } = run
  const header = encodeURIComponent(JSON.stringify(earlier))
  expect(decodeRun(header).traceparent).toBe(`00-${'0'.repeat(32)}-${'0'.repeat(16)}-00`)
})
