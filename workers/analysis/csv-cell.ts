/** A decimal number as CSV writes it. `Number()` alone would take "", " " and "0x10" as well. */
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i

/** Words that stand for a missing or unusable value, so that they are not taken for a column's name. */
const MISSING = /^(?:[+-]?(?:nan|inf|infinity)|na|n\/a|null|none|)$/i

/** The number in a cell, NaN where it is none. Spaces around it don't count. May be infinite: "1e999". */
export function cellNumber(cell: string): number {
  const text = cell.trim()
  return NUMBER.test(text) ? Number(text) : Number.NaN
}

export function isNumber(cell: string): boolean {
  return NUMBER.test(cell.trim())
}

/** Whether a cell of the first record can be a column's name. */
export function isName(cell: string): boolean {
  return !isNumber(cell) && !MISSING.test(cell.trim())
}
