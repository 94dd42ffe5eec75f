import { once } from 'node:events'
import { Worker as NodeThread } from 'node:worker_threads'
import { expect, onTestFinished, test } from 'vitest'
import { profileThread } from '../../../src/observability/diagnosis/cpu-profile.ts'

/** Compiles one regular expression after another, with all in it that would have to be escaped, and uses them. */
const BUSY_WITH_PATTERNS = String.raw`
  const text = 'abc "def" 12 '.repeat(2000)
  for (let number = 0; ; number++) {
    const pattern = new RegExp('"[^"]*" (\\d+)?' + number, 'g')
    for (let times = 0; times < 100; times++) text.replace(pattern, '')
  }`

test('the profile of a thread is JSON whatever its functions are called', async () => {
  const thread = new NodeThread(BUSY_WITH_PATTERNS, { eval: true })
  onTestFinished(async () => {
    await thread.terminate()
  })
  await once(thread, 'online')
  const text = await profileThread(thread, 1000, new AbortController().signal)
  const { nodes } = JSON.parse(text) as { nodes: { callFrame: { functionName: string } }[] }
  const names = nodes.map(({ callFrame }) => callFrame.functionName)
  expect(names).toContainEqual(expect.stringMatching(/^RegExp: "\[\^"\]\*" \(\\d\+\)\?\d+$/))
})
