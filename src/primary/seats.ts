import { type ClusterBoard, MOST_SEATS } from '../protocol/cluster-board.ts'

/** Gives each process a place on the cluster's board for as long as it lives: the lowest one that is free. */
export class Seats {
  readonly board: ClusterBoard
  readonly #taken = new Set<number>()

  constructor(board: ClusterBoard) {
    this.board = board
  }

  take(): number {
    let seat = 0
    while (this.#taken.has(seat)) seat += 1
    if (seat >= MOST_SEATS) throw new Error(`Cannot start a process: ${MOST_SEATS} are alive already`)
    this.#taken.add(seat)
    return seat
  }

  /** To be called when the process has ended, and what it left on the board has been read. */
  release(seat: number): void {
    this.board.clearSeat(seat)
    this.#taken.delete(seat)
  }
}
