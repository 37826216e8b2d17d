import type postgres from 'postgres'
import type { RawSql, Tx } from './connection'

/**
 * A transaction like `sql.begin`, but its first statements are sent together with BEGIN, not after its response. No
 * savepoints. When `work` rejects, it is rolled back. On a lost connection every further statement rejects.
 */
export async function transaction<T>(sql: RawSql, work: (tx: Tx) => Promise<T>): Promise<T> {
  const connection = await sql.reserve()
  const started = connection`begin`.execute()
  // An error of BEGIN also fails the statements sent with it, which report it.
  started.catch(() => {})
  try {
    const result = await work(asTransaction(connection))
    const { command } = await connection`commit`
    if (command !== 'COMMIT') throw new Error('A statement of the transaction had failed: it was rolled back.')
    connection.release()
    return result
  } catch (error) {
    // The pool drops a connection that no longer responds.
    await connection`rollback`.then(
      () => connection.release(),
      () => {},
    )
    throw error
  }
}

/** A reserved connection lacks savepoints and prepared transactions, which are not used here. */
function asTransaction(connection: postgres.ReservedSql<{ bigint: number }>): Tx {
  return connection as unknown as Tx
}
