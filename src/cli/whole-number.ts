import { CliError, EXIT } from './failure.ts'

/** A parser for an option that takes a whole number. */
export function parseWhole(option: string, min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
    if (value >= min && value <= max) return value
    throw new CliError(
      EXIT.usage,
      `Cannot use ${option}: expected a whole number from ${min} to ${max}, got ${JSON.stringify(text)}`,
    )
  }
}
