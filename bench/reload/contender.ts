import { mixedRoutes, offloopRoutes, type Route } from '../../test/support/load-routes.ts'
import { startOffloop } from './offloop-contender.ts'
import { startPm2 } from './pm2-contender.ts'

/** Something that runs two processes behind one port and can replace them while they serve. */
export interface Contender {
  readonly name: string
  /** What it is, for the report. */
  readonly description: string
  readonly routes: readonly Route[]
  start(): Promise<RunningContender>
}

export interface RunningContender extends AsyncDisposable {
  readonly url: string
  /** Replaces both processes. Settles when it is over, as its operator sees it. */
  reload(): Promise<void>
  /** The cheapest command there is: what of a reload's time is the command's own. */
  doNothing(): Promise<void>
  /** Throws where not every process has been replaced this often. */
  checkReloads(count: number): Promise<void>
}

const expressRoutes = mixedRoutes(
  { light: '/', echo: '/echo', busy: '/busy' },
  ({ status }) => status === 'alive',
)

/** `listen_timeout` and `kill_timeout` are those of PM2's documentation; the plain variant has the defaults. */
const DOCUMENTED = { wait_ready: true, listen_timeout: 10_000, kill_timeout: 3000 }

export const contenders: readonly Contender[] = [
  {
    name: 'offloop',
    description: 'Offloop, `POST /reload`',
    routes: offloopRoutes(),
    start: () => startOffloop(),
  },
  {
    name: 'pm2-plain',
    description: '`pm2 reload`, no code for reloads',
    routes: expressRoutes,
    start: () => startPm2({ script: 'express-pm2-plain.mjs' }),
  },
  {
    name: 'pm2-graceful',
    description: "`pm2 reload`, `wait_ready` and `server.close()` as in PM2's documentation",
    routes: expressRoutes,
    start: () => startPm2({ script: 'express-pm2.mjs', ...DOCUMENTED }),
  },
  {
    name: 'pm2-careful',
    description: '`pm2 reload`, the same and `Connection: close` while closing',
    routes: expressRoutes,
    start: () => startPm2({ script: 'express-pm2-careful.mjs', ...DOCUMENTED }),
  },
]
