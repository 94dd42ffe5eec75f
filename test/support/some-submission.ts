import { someTrace } from './some-trace.ts'

/** What a request submits in tests that are not about its input. */
export const someSubmission = () => ({
  requestId: 'test',
  body: new ArrayBuffer(0),
  contentType: undefined,
  contentEncoding: undefined,
  accept: undefined,
  query: '',
  ...someTrace,
})
