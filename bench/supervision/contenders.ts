import { mixedRoutes, type Route } from '../../test/support/load-routes.ts'
import { startSupervisedOffloop } from './offloop.ts'
import { startPm2 } from './pm2.ts'
import { isPumaInstalled, startPuma } from './puma.ts'
import type { Supervisor } from './supervisor.ts'

export const OFFLOOP = 'Offloop'

const OFFLOOP_PATHS = { light: '/livez', echo: '/api/tasks/echo', busy: '/api/tasks/busy' }
const PATHS = { light: '/', echo: '/echo', busy: '/busy' }

/** `listen_timeout` and `kill_timeout` are those of PM2's documentation; the plain variant has the defaults. */
const DOCUMENTED = { wait_ready: true, listen_timeout: 10_000, kill_timeout: 3000 }

const supervisors: readonly Supervisor[] = [
  { name: OFFLOOP, reloads: '`POST /reload`', paths: OFFLOOP_PATHS, start: startSupervisedOffloop },
  {
    name: 'PM2, plain',
    reloads: '`pm2 reload` of an app without code for reloads',
    paths: PATHS,
    start: (port) => startPm2(port, { script: 'express-pm2-plain.mjs' }),
  },
  {
    name: 'PM2, graceful',
    reloads: "`pm2 reload`; the app has `wait_ready` and `server.close()` as in PM2's documentation",
    paths: PATHS,
    start: (port) => startPm2(port, { script: 'express-pm2.mjs', ...DOCUMENTED }),
  },
  {
    name: 'PM2, careful',
    reloads: '`pm2 reload`; the same and `Connection: close` while the app closes',
    paths: PATHS,
    start: (port) => startPm2(port, { script: 'express-pm2-careful.mjs', ...DOCUMENTED }),
  },
  { name: 'Puma', reloads: 'a phased restart (SIGUSR1)', paths: PATHS, start: startPuma },
]

/** Those that are installed here. */
export async function installedSupervisors(): Promise<readonly Supervisor[]> {
  const hasPuma = await isPumaInstalled()
  return supervisors.filter(({ name }) => name !== 'Puma' || hasPuma)
}

/** All that the page may tell of, installed or not. */
export const supervisorNames: readonly string[] = supervisors.map(({ name }) => name)

export const howItReloads = (name: string): string =>
  supervisors.find((supervisor) => supervisor.name === name)?.reloads ?? ''

export const routesOf = ({ paths }: Supervisor): Route[] =>
  mixedRoutes(paths, ({ status }) => status === 'alive')
