import { readFile } from 'node:fs/promises'
import { mean, median, standardDeviation } from 'simple-statistics'
import { expect, it } from 'vitest'
import { writeDataset } from '../../../bench/data/datasets.ts'
import { temporaryFolder } from '../../../bench/harness/temporary-folder.ts'

it('the numbers of a dataset have the statistics that are expected of them, in both forms', async () => {
  await using folder = await temporaryFolder()
  const json = await writeDataset(folder.path, 1001, 'json')
  const float64 = await writeDataset(folder.path, 1001, 'float64')
  const { dataset } = JSON.parse(await readFile(json.bodyFile, 'utf8')) as { dataset: number[] }
  const bytes = Uint8Array.from(await readFile(float64.bodyFile))

  expect([...new Float64Array(bytes.buffer)]).toEqual(dataset)
  expect(json.expected).toEqual(float64.expected)
  expect(json.expected).toEqual({
    kind: 'numbers',
    values: {
      'analysisResult.count': dataset.length,
      'analysisResult.mean': expect.closeTo(mean(dataset), 12),
      'analysisResult.median': median(dataset),
      'analysisResult.sum': expect.closeTo(mean(dataset) * 1001, 9),
      'analysisResult.standardDeviation': expect.closeTo(standardDeviation(dataset), 12),
      'analysisResult.min': Math.min(...dataset),
      'analysisResult.max': Math.max(...dataset),
    },
  })
})
