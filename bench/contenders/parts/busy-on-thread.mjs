import { threadId } from 'node:worker_threads'

/** What `test/fixtures/tasks/busy.ts` computes, for a plain Piscina. */
export default function busy({ ms }) {
  const end = performance.now() + ms
  while (performance.now() < end);
  return { pid: process.pid, threadId }
}
