import type { NextFunction, Request, RequestHandler, Response } from 'express'
import { expect, test } from 'vitest'
import { oneLayer } from '../../../src/http/middleware/one-layer.ts'

const passed: string[] = []
const named = (name: string): RequestHandler => {
  return (_request, _response, next) => {
    passed.push(name)
    next()
  }
}

/** @returns what `next` was called with behind them all */
function run(...handlers: RequestHandler[]): unknown[] {
  passed.length = 0
  const called: unknown[] = []
  const next = ((error?: unknown) => called.push(error)) as NextFunction
  void oneLayer(...handlers)({} as Request, {} as Response, next)
  return called
}

test('all are passed in order, and then what comes behind them, once', () => {
  expect(run(named('a'), named('b'), named('c'))).toEqual([undefined])
  expect(passed).toEqual(['a', 'b', 'c'])
  expect(run()).toEqual([undefined])
})

test('an error goes to what comes behind, and past the others', () => {
  const error = new Error('on purpose')
  expect(run(named('a'), (_request, _response, next) => next(error), named('b'))).toEqual([error])
  expect(passed).toEqual(['a'])
})

test('one that answers itself is the last', () => {
  expect(run(named('a'), () => {}, named('b'))).toEqual([])
  expect(passed).toEqual(['a'])
})

test('what one throws reaches Express', () => {
  const fail = () => {
    throw new Error('on purpose')
  }
  expect(() => run(named('a'), fail)).toThrow('on purpose')
})
