import { expect, test } from 'vitest'
import {
  counted,
  formatBytes,
  formatCount,
  formatDuration,
  formatSeconds,
  formatShare,
} from '../../src/cli/units.ts'

test.each([
  [0, '0ms'],
  [999, '999ms'],
  [999.7, '1.0s'],
  [1234, '1.2s'],
  [9960, '10s'],
  [59_600, '1m00s'],
  [192_000, '3m12s'],
  [3_599_600, '1h00m'],
  [18_120_000, '5h02m'],
  [1_047_600_000, '12d03h'],
])('a duration of %d ms reads %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text)
})

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 KiB'],
  [1536, '1.5 KiB'],
  [33_554_432, '32 MiB'],
  [1_073_741_824, '1 GiB'],
  [1_099_511_627_776 * 5000, '5000 TiB'],
])('%d bytes read %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text)
})

test('a share is called 100% only when it is all', () => {
  expect([1, 0.99999, 0.5, 0.0213, 0].map(formatShare)).toEqual(['100%', '99.9%', '50%', '2.1%', '0%'])
})

test('counts have thousands apart and the right form of their noun', () => {
  expect(formatCount(1_234_567)).toBe('1,234,567')
  expect(counted(1, 'process', 'processes')).toBe('1 process')
  expect(counted(0, 'process', 'processes')).toBe('0 processes')
  expect(formatSeconds(90)).toBe('1m30s')
})
