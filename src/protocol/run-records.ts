import { BOARD_FD, ClusterBoard } from './cluster-board.ts'

/** A run as it can be told of after a death. */
export interface RunRecord {
  /** 32 hexadecimal digits: the same for two runs of a task that were given the same. */
  readonly fingerprint: string
  readonly task: string
  readonly requestId: string
}

/** What the threads of one process are running, on the cluster's board. */
export class RunRecords {
  readonly #board: ClusterBoard
  readonly #seat: number

  constructor(board: ClusterBoard, seat: number) {
    this.#board = board
    this.#seat = seat
  }

  /** @param place of the run among those of its process, from 0 */
  write(place: number, { fingerprint, task, requestId }: RunRecord): void {
    // The board cuts off what is too long: the request's id is last, and still found in a log by its beginning.
    this.#board.writeRun(this.#seat, place, `${fingerprint} ${task} ${requestId}`)
  }

  clear(place: number): void {
    this.#board.clearRun(this.#seat, place)
  }

  read(): RunRecord[] {
    return this.#board.readRuns(this.#seat).flatMap(parseRecord)
  }
}

/**
 * The records of this process.
 *
 * @param seat as the primary gave it; without one there is no board, and nobody would read it
 */
export function ownRunRecords(seat: string | undefined): RunRecords | undefined {
  return seat === undefined ? undefined : new RunRecords(new ClusterBoard(BOARD_FD), Number(seat))
}

/** None for what a task has scribbled over: it can write to any descriptor of its process. */
function parseRecord(note: string): RunRecord[] {
  const [, fingerprint, task, requestId] = /^([\da-f]{32}) (\S+) (\S*)$/.exec(note) ?? []
  if (fingerprint === undefined || task === undefined || requestId === undefined) return []
  return [{ fingerprint, task, requestId }]
}
