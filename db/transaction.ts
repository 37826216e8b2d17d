import postgres from 'postgres'
import type { RawSql, Tx } from './connection'

/**
 * A transaction as `sql.begin` makes it, whose first statements go out together with BEGIN and not after its answer. No
 * savepoints. When `work` rejects, nothing of it is kept. `work` waits for its own statements alone: the next one on a
 * connection that was cut meanwhile would be an error that nothing catches, as with `sql.begin`.
 */
export async function transaction<T>(sql: RawSql, work: (tx: Tx) => Promise<T>): Promise<T> {
  const connection = await sql.reserve()
  const begun = connection`begin`.execute()
  // Whatever breaks BEGIN breaks what goes out with it, and is told there.
  begun.catch(() => {})
  try {
    const result = await work(asTransaction(connection))
    const { command } = await connection`commit`
    if (command !== 'COMMIT') throw new Error('A statement of the transaction had failed: it was rolled back.')
    connection.release()
    return result
  } catch (error) {
    // A connection that is gone has left its pool's hands by itself, and may be another's by now.
    if (!isLost(error)) {
      await connection`rollback`.catch(() => {})
      connection.release()
    }
    throw error
  }
}

function isLost(error: unknown): boolean {
  if (error instanceof postgres.PostgresError) return error.severity === 'FATAL'
  return error instanceof Error && 'code' in error && /^(CONNECT|E[A-Z]+$)/.test(String(error.code))
}

/** What a reserved connection lacks, savepoints and prepared transactions, nobody here asks for. */
function asTransaction(connection: postgres.ReservedSql<{ bigint: number }>): Tx {
  return connection as unknown as Tx
}
