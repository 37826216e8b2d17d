import type postgres from 'postgres'
import type { RawSql, Tx } from './connection'

/**
 * A transaction as `sql.begin` makes it, whose first statements go out together with BEGIN and not after its answer. No
 * savepoints. When `work` rejects, nothing of it is kept. On a connection that is gone every further statement rejects.
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
    // One that does not answer any more leaves its pool's hands by itself.
    await connection`rollback`.then(
      () => connection.release(),
      () => {},
    )
    throw error
  }
}

/** What a reserved connection lacks, savepoints and prepared transactions, nobody here asks for. */
function asTransaction(connection: postgres.ReservedSql<{ bigint: number }>): Tx {
  return connection as unknown as Tx
}
