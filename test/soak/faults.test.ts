import { expect, test } from 'vitest'
import { type FaultRun, runFaultsInGoodTraffic } from '../support/faults-and-good-traffic.ts'
import { loadFigures, record } from './record.ts'

test('a thousand faults in good traffic cost nobody else an answer, and leave nothing behind', async () => {
  const run = await runFaultsInGoodTraffic({ count: 1000, seed: 1 })
  await recordRun('faults', run)
})

test('faults that abort processes among them cost only what was in flight there', async () => {
  const run = await runFaultsInGoodTraffic({ count: 1000, seed: 2, abortEach: 100 })
  expect(run.faults.caused['aborts its process']).toBe(10)
  await recordRun('faults-and-aborts', run)
})

async function recordRun(name: string, { faults, load, rssBytes }: FaultRun): Promise<void> {
  const mebibytes = (bytes: number) => Math.round(bytes / 2 ** 20)
  await record(
    name,
    {
      ...faults.caused,
      ...loadFigures(load),
      'faults that went down with a process': faults.wentDown,
      'resident before / after, MiB': `${mebibytes(rssBytes.before)} / ${mebibytes(rssBytes.after)}`,
    },
    { faults, load, rssBytes },
  )
}
