import { describe, expect, test } from 'vitest'
import { AGED_TURN, AGEING_MS, type Waiting, WaitingRuns } from '../../src/scheduler/waiting-runs.ts'

interface Named extends Waiting {
  readonly name: string
}

function run(name: string, facts: Partial<Waiting> = {}): Named {
  return {
    name,
    task: 'task',
    priority: 'interactive',
    client: 'somebody',
    expectedMs: 10,
    arrivedAt: 0,
    ...facts,
  }
}

const anything = () => true

function queueOf(runs: readonly Named[], limit = 100): WaitingRuns<Named> {
  const queue = new WaitingRuns<Named>(limit)
  for (const each of runs) queue.push(each)
  return queue
}

/** Takes out everything that may run. */
function order(queue: WaitingRuns<Named>, now = 0, mayRun: (run: Named) => boolean = anything): string[] {
  const names: string[] = []
  for (;;) {
    const next = queue.shift(now, mayRun)
    if (next === undefined) return names
    names.push(next.name)
  }
}

describe('what waits', () => {
  test('comes out in the order in which it came', () => {
    expect(order(queueOf(['a', 'b', 'c'].map((name) => run(name))))).toEqual(['a', 'b', 'c'])
  })

  test('is refused at the limit and taken again below it', () => {
    const queue = queueOf([run('a')], 1)
    expect(queue.saturated).toBe(true)
    expect(queue.push(run('b'))).toBe(false)
    queue.shift(0, anything)
    expect(queue.push(run('c'))).toBe(true)
    expect(new WaitingRuns(0).push(run('d'))).toBe(false)
  })

  test('is not given out once it was removed, and leaves its place', () => {
    const [a, b] = [run('a'), run('b')]
    const queue = queueOf([a, b], 2)
    expect(queue.remove(a)).toBe(true)
    expect(queue.remove(a)).toBe(false)
    expect(queue.size).toBe(1)
    expect(queue.push(run('c'))).toBe(true)
    expect(order(queue)).toEqual(['b', 'c'])
  })

  test('stands back while its task may not run, and lets others pass', () => {
    const queue = queueOf([run('slow 1', { task: 'slow' }), run('fast', { task: 'fast' })])
    expect(order(queue, 0, ({ task }) => task !== 'slow')).toEqual(['fast'])
    expect(order(queue)).toEqual(['slow 1'])
  })
})

describe('between clients', () => {
  test('turns are shared: a flood of one stands behind its own requests', () => {
    const flood = ['a1', 'a2', 'a3', 'a4'].map((name) => run(name, { client: 'a' }))
    const queue = queueOf([...flood, run('b1', { client: 'b' }), run('b2', { client: 'b' })])
    expect(order(queue)).toEqual(['a1', 'b1', 'a2', 'b2', 'a3', 'a4'])
  })

  test('turns are shared before any run time is known', () => {
    const flood = ['a1', 'a2', 'a3'].map((name) => run(name, { client: 'a', expectedMs: 0 }))
    const queue = queueOf([...flood, run('b1', { client: 'b', expectedMs: 0 })])
    expect(order(queue)).toEqual(['a1', 'b1', 'a2', 'a3'])
  })

  test('a turn is as long as its run: who asks for long runs has fewer', () => {
    const long = ['a1', 'a2'].map((name) => run(name, { client: 'a', expectedMs: 30 }))
    const short = ['b1', 'b2', 'b3', 'b4'].map((name) => run(name, { client: 'b', expectedMs: 10 }))
    expect(order(queueOf([...long, ...short]))).toEqual(['a1', 'b1', 'b2', 'b3', 'a2', 'b4'])
  })

  test('who comes later does not catch up on the time in which it was not there', () => {
    const queue = queueOf(['a1', 'a2', 'a3', 'a4'].map((name) => run(name, { client: 'a' })))
    queue.shift(0, anything)
    queue.shift(0, anything)
    for (const name of ['b1', 'b2', 'b3']) queue.push(run(name, { client: 'b' }))
    expect(order(queue)).toEqual(['b1', 'a3', 'b2', 'a4', 'b3'])
  })
})

describe('between classes', () => {
  test('interactive work goes first', () => {
    const queue = queueOf([run('batch', { task: 'b', priority: 'batch' }), run('interactive')])
    expect(order(queue)).toEqual(['interactive', 'batch'])
  })

  test('batch work that has waited long has every fourth turn, so neither class is starved', () => {
    const old = ['b1', 'b2'].map((name) => run(name, { task: 'b', priority: 'batch' }))
    const fresh = Array.from({ length: 6 }, (_, number) => run(`i${number}`, { arrivedAt: AGEING_MS }))
    const names = order(queueOf([...old, ...fresh]), AGEING_MS)
    expect(names).toEqual(['b1', 'i0', 'i1', 'i2', 'b2', 'i3', 'i4', 'i5'])
    expect(names.indexOf('b2') - names.indexOf('b1')).toBe(AGED_TURN)
  })
})

describe('work ahead', () => {
  const queue = () =>
    queueOf([
      ...['a1', 'a2', 'a3'].map((name) => run(name, { client: 'a' })),
      run('batch', { client: 'c', task: 'b', priority: 'batch', expectedMs: 1000 }),
    ])

  test('of one who has nothing waiting is one turn of each other client', () => {
    expect(queue().workAheadMs('interactive', 'b', 10)).toBe(10)
  })

  test('of one who floods is its own and the others’ turns meanwhile', () => {
    expect(queue().workAheadMs('interactive', 'a', 10)).toBe(30)
    const both = queue()
    both.push(run('b1', { client: 'b' }))
    expect(both.workAheadMs('interactive', 'a', 10)).toBe(40)
  })

  test('of batch work is all that is interactive, and the other way round nothing', () => {
    expect(queue().workAheadMs('batch', 'b', 10)).toBe(30 + 10)
    expect(queue().workAheadMs('interactive', 'c', 10)).toBe(10)
  })

  test('is gone with what waited', () => {
    const empty = queue()
    order(empty)
    expect(empty.workAheadMs('batch', 'a', 10)).toBe(0)
  })
})

describe('what was taken out and could not be run', () => {
  test('goes back to where it stood', () => {
    const queue = queueOf(['a', 'b', 'c'].map((name) => run(name)))
    const first = queue.shift(0, anything)
    if (first) queue.putBack(first)
    expect(queue.size).toBe(3)
    expect(order(queue)).toEqual(['a', 'b', 'c'])
  })

  test('counts among the work ahead again', () => {
    const queue = queueOf([run('a'), run('b')])
    const first = queue.shift(0, anything)
    expect(queue.workAheadMs('interactive', 'somebody', 10)).toBe(10)
    if (first) queue.putBack(first)
    expect(queue.workAheadMs('interactive', 'somebody', 10)).toBe(20)
  })

  test('cannot be what never stood there', () => {
    expect(() => queueOf([]).putBack(run('stranger'))).toThrow('never taken out')
  })
})
