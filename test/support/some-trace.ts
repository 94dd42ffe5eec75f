/** For requests in tests that are not about their trace. */
export const someTrace = {
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  tracestate: undefined,
}
