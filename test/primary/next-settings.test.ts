import { expect, test } from 'vitest'
import { ConfigError, type Environment, loadConfig } from '../../src/config/load-config.ts'
import { type ClusterSettings, nextSettings } from '../../src/primary/next-settings.ts'

const launchOf = (environment: Environment) => ({ config: loadConfig(environment), environment })

/** A cluster that was started with these variables, and was given port 4321 by the system. */
function runningWith(environment: Environment): ClusterSettings {
  const { config } = launchOf(environment)
  return {
    configured: config,
    launch: { environment, config: { ...config, port: 4321, accept: 'round-robin' } },
  }
}

const running = runningWith({ PORT: '0', OFFLOOP_ACCEPT: 'auto' })

test('new settings are taken, beside what was resolved when the cluster was started', () => {
  const environment = { PORT: '0', OFFLOOP_ACCEPT: 'auto', OFFLOOP_QUEUE_MAX: '7' }
  const next = nextSettings(running, () => launchOf(environment))
  expect(next).toMatchObject({
    configured: { port: 0, accept: 'auto', queueMax: 7 },
    launch: { environment, config: { port: 4321, accept: 'round-robin', queueMax: 7 } },
  })
})

test('what belongs to the primary for as long as it lives is named where it has changed', () => {
  const environment = { PORT: '80', OFFLOOP_ACCEPT: 'auto', OFFLOOP_OPS_HOST: '0.0.0.0' }
  expect(nextSettings(running, () => launchOf(environment))).toBe(
    'Cannot change PORT, OFFLOOP_OPS_HOST by a reload: expected a restart',
  )
})

test('settings that cannot be used are answered with what is wrong', () => {
  const read = () => {
    throw new ConfigError('Cannot use OFFLOOP_QUEUE_MAX: expected a number')
  }
  expect(nextSettings(running, read)).toBe('Cannot use OFFLOOP_QUEUE_MAX: expected a number')
})
