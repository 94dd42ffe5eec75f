import { type Contender, offloop, program } from '../harness/contender.ts'

/** A server with a task that computes for as long as it is asked to. */
export interface BusyContender extends Contender {
  /** What costs it least, and needs no thread. */
  readonly lightPath: string
}

const SIZE = { processes: 2, threads: 1 }

const express = (name: string, settings: Readonly<Record<string, string>> = {}): BusyContender => ({
  ...program(name, 'express-piscina.mjs', '/busy', SIZE, settings),
  lightPath: '/',
})

export const OFFLOOP: BusyContender = { ...offloop('/api/tasks/busy', SIZE), lightPath: '/livez' }

export const CONTENDERS: readonly BusyContender[] = [
  OFFLOOP,
  express('Express + Piscina'),
  express("Express + Piscina, maxQueue 'auto'", { MAX_QUEUE: 'auto' }),
]
