import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { HeapCollections } from '../../src/thread/heap-collections.ts'
import { until } from '../support/until.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as (options: { type: 'minor' | 'major' }) => void

test('collections of the whole heap are counted, those of young objects are not', async () => {
  const collections = new HeapCollections()
  expect(collections.count).toBe(0)
  collect({ type: 'minor' })
  collect({ type: 'major' })
  await until('the first one', () => collections.count === 1)
  collect({ type: 'major' })
  await until('the second one', () => collections.count === 2)
})
