import { execFileSync } from 'node:child_process'

/** Where a program of the system is; undefined where it is not installed. */
export function pathOf(program: string): string | undefined {
  try {
    return execFileSync('which', [program], { encoding: 'utf8' }).trim()
  } catch {
    return undefined
  }
}
