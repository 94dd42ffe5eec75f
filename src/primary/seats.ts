import { type ClusterBoard, MOST_SEATS } from '../protocol/cluster-board.ts'
import { MetricArea } from '../protocol/metric-area.ts'
import type { MetricTotals } from './metrics/metric-totals.ts'

/** Gives each process a place on the cluster's board for as long as it lives: the lowest one that is free. */
export class Seats {
  readonly board: ClusterBoard
  readonly #metrics: Pick<MetricTotals, 'open' | 'close'>
  readonly #taken = new Set<number>()

  /** @param metrics what processes count at their seats, which is kept when they have ended */
  constructor(board: ClusterBoard, metrics: Pick<MetricTotals, 'open' | 'close'>) {
    this.board = board
    this.#metrics = metrics
  }

  take(): number {
    let seat = 0
    while (this.#taken.has(seat)) seat += 1
    if (seat >= MOST_SEATS) throw new Error(`Cannot start a process: ${MOST_SEATS} are alive already`)
    this.#taken.add(seat)
    this.#metrics.open(seat, new MetricArea(this.board.fd, seat))
    return seat
  }

  /** To be called when the process has ended, and what it left on the board has been read. */
  release(seat: number): void {
    this.#metrics.close(seat)
    this.board.clearSeat(seat)
    this.#taken.delete(seat)
  }
}
