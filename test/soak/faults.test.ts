import { test } from 'vitest'
import { runFaultsInGoodTraffic } from '../support/faults-and-good-traffic.ts'
import { loadFigures, record } from './record.ts'

test('a thousand faults in good traffic cost nobody else an answer, and leave nothing behind', async () => {
  const { faults, load, rssBytes } = await runFaultsInGoodTraffic(1000, 1)
  const mebibytes = (bytes: number) => Math.round(bytes / 2 ** 20)
  await record(
    'faults',
    {
      ...faults.caused,
      ...loadFigures(load),
      'resident before / after, MiB': `${mebibytes(rssBytes.before)} / ${mebibytes(rssBytes.after)}`,
    },
    { faults, load, rssBytes },
  )
})
