const MAX_SHOWN = 80

/** A value of the caller's as `details.received` may carry it: short, and JSON. */
export function received(value: unknown): string | number | boolean | null {
  if (typeof value === 'string') return value.length > MAX_SHOWN ? `${value.slice(0, MAX_SHOWN)}…` : value
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (typeof value === 'boolean' || value === null) return value
  return Array.isArray(value) ? 'array' : typeof value
}

/** The same for a message: strings in quotes, so that "1" and 1 look different. */
export function receivedText(value: unknown): string {
  const shown = received(value)
  return typeof value === 'string' ? JSON.stringify(shown) : String(shown)
}
