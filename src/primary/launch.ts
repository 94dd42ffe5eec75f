import cluster from 'node:cluster'
import { randomBytes } from 'node:crypto'
import { realpathSync } from 'node:fs'
import { extname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { withEnvFile } from '../config/environment.ts'
import {
  CLUSTER_KEY_VARIABLE,
  type Environment,
  loadConfig,
  SEAT_VARIABLE,
  SLOT_VARIABLE,
} from '../config/load-config.ts'
import { type Config, settingTable } from '../config/settings.ts'
import { compileCacheFolder } from './compile-cache.ts'

/** What a process is started with: the settings, and the variables that they came from. */
export interface Launch {
  readonly config: Config
  readonly environment: Environment
}

/**
 * Reads the settings anew, from the environment of the primary and from the file that
 * `OFFLOOP_ENV_FILE` names.
 *
 * @throws {ConfigError} where one cannot be used
 */
export function readLaunch(): Launch {
  const environment = withEnvFile(process.env)
  return { environment, config: loadConfig(environment) }
}

/**
 * Says what is forked. The program is named because under PM2 `argv[1]` is a file of PM2's. V8's
 * helper threads run at normal priority and would compete with the event loops: one a process is
 * enough (measured: the p99 of a light request under full load falls from 15–25 to 10–15 ms).
 * V8 takes the first heap of a thread for small, and a few large bodies for a reason to collect all of it, again and
 * again: with room for 64 MB from the start two cores make a tenth more thumbnails, for 36 MB a thread.
 *
 * @param boardFd what all processes inherit as `BOARD_FD`
 */
export function prepareForks(boardFd: number): void {
  cluster.setupPrimary({
    exec: programFile(process.argv[1] ?? ''),
    // What the primary was started with comes last, and wins.
    execArgv: ['--v8-pool-size=1', '--initial-old-space-size=64', ...process.execArgv],
    args: [],
    stdio: ['inherit', 'inherit', 'inherit', 'ipc', boardFd],
  })
}

/** Known to the processes that this primary forks, and to nobody else. */
const clusterKey = randomBytes(16).toString('hex')

/** libuv's pool is one per process, and all threads' image encodes share it; file system and DNS need some too. */
const SPARE_LIBUV_THREADS = 4

/** The variables of one process, on top of the primary's own. */
export function forkEnvironment(
  slot: number,
  seat: number,
  { config, environment }: Launch,
): NodeJS.ProcessEnv {
  const compileCache = environment.NODE_COMPILE_CACHE ?? compileCacheFolder()
  return {
    ...environment,
    [SLOT_VARIABLE]: String(slot),
    [SEAT_VARIABLE]: String(seat),
    [CLUSTER_KEY_VARIABLE]: clusterKey,
    // Resolved once, so that all processes share them: port 0, and how to accept.
    [settingTable.port.variable]: String(config.port),
    [settingTable.accept.variable]: config.accept,
    // For the primary alone; tasks could read it.
    [settingTable.opsToken.variable]: '',
    ...(compileCache !== undefined && { NODE_COMPILE_CACHE: compileCache }),
    // Must stand before the process starts; an operator's own value wins.
    UV_THREADPOOL_SIZE: environment.UV_THREADPOOL_SIZE ?? String(config.threads + SPARE_LIBUV_THREADS),
  }
}

/**
 * The program as it was named when it was started, where that leads here: with `current/dist/src/main.js`
 * and a symbolic link `current`, a reload then runs the release that the link shows by now.
 */
export function programFile(started: string): string {
  const here = fileURLToPath(new URL(`../main${extname(import.meta.url)}`, import.meta.url))
  try {
    return realpathSync(started) === here ? resolve(started) : here
  } catch {
    return here
  }
}
