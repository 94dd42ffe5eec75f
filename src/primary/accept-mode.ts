import { readFileSync } from 'node:fs'
import type { Config } from '../config/settings.ts'

/** Whether the kernel gives the connections that wait at a closing socket to another one of the same port. */
const MIGRATION_SWITCH = '/proc/sys/net/ipv4/tcp_migrate_req'

/**
 * How connections reach the HTTP processes. With `reuse-port` each has a listening socket of its own,
 * which saves every new connection the way through the primary. But a socket that closes takes the
 * connections with it that wait to be accepted, unless the kernel moves them (Linux 5.14 and later,
 * `net.ipv4.tcp_migrate_req` = 1); so `auto` chooses it only there.
 */
export function resolveAccept(
  wanted: Config['accept'],
  read: (path: string) => string = readText,
): Exclude<Config['accept'], 'auto'> {
  if (wanted !== 'auto') return wanted
  return read(MIGRATION_SWITCH).trim() === '1' ? 'reuse-port' : 'round-robin'
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
