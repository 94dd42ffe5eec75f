import { readFileSync } from 'node:fs'
import { findPackageJSON } from 'node:module'

/** The version of this package, read from its package.json: one place, whether built or from source. */
export function packageVersion(): string {
  const file = findPackageJSON(import.meta.url)
  const { version } = JSON.parse(file ? readFileSync(file, 'utf8') : '{}') as { version?: string }
  return version ?? 'unknown'
}
