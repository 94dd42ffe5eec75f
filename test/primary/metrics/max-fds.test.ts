import { expect, test } from 'vitest'
import { maxFds, parseMaxFds } from '../../../src/primary/metrics/max-fds.ts'

test('what counts is the limit in force, not the one up to which it could be raised', () => {
  const limits = [
    'Limit                     Soft Limit           Hard Limit           Units     ',
    'Max processes             63704                63704                processes ',
    'Max open files            1024                 1048576              files     ',
  ]
  expect(parseMaxFds(limits.join('\n'))).toBe(1024)
})

test('where there is no limit, or nothing is told, it is not known', () => {
  expect(parseMaxFds('Max open files            unlimited            unlimited            files')).toBeNull()
  expect(parseMaxFds('')).toBeNull()
})

test.runIf(process.platform === 'linux')('this process has one', () => {
  expect(maxFds()).toBeGreaterThan(0)
})
