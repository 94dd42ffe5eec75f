/** `450ms`, `1.2s`, `42s`, `3m12s`, `5h02m`, `12d03h`: two units at most, so that a column stays narrow. */
export function formatDuration(ms: number): string {
  if (ms < 999.5) return `${Math.round(ms)}ms`
  const seconds = ms / 1000
  if (seconds < 9.95) return `${seconds.toFixed(1)}s`
  const whole = Math.round(seconds)
  if (whole < MINUTE) return `${whole}s`
  if (whole < HOUR) return pair(whole, MINUTE, 'm', 1, 's')
  if (whole < DAY) return pair(whole, HOUR, 'h', MINUTE, 'm')
  return pair(whole, DAY, 'd', HOUR, 'h')
}

export function formatSeconds(seconds: number): string {
  return formatDuration(seconds * 1000)
}

/** `512 B`, `1.5 KiB`, `180 MiB`: three digits at most, in powers of 1024. */
export function formatBytes(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 999.5 && unit < BYTE_UNITS.length - 1) {
    value /= 1024
    unit += 1
  }
  const digits = unit > 0 && value < 9.95 && !Number.isInteger(value) ? 1 : 0
  return `${value.toFixed(digits)} ${BYTE_UNITS[unit]}`
}

/** `1,234,567` */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US')
}

/** A share from 0 to 1 as `99.2%`; only what is all of it is called 100%. */
export function formatShare(share: number): string {
  const percent = share < 1 ? Math.min(share * 100, 99.9) : 100
  return `${Number(percent.toFixed(1))}%`
}

/** `1 process`, `2 processes` */
export function counted(count: number, one: string, many: string): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`
}

const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB']

function pair(seconds: number, large: number, largeUnit: string, small: number, smallUnit: string): string {
  const rest = Math.floor((seconds % large) / small)
  return `${Math.floor(seconds / large)}${largeUnit}${String(rest).padStart(2, '0')}${smallUnit}`
}
