const batchSize = 20

/** Lets the renewal of the lease, and everything else, have its turn between. */
export async function inBatches<Item>(items: Iterable<Item>, act: (item: Item) => void): Promise<void> {
  for (const [at, item] of [...items].entries()) {
    act(item)
    if (at % batchSize === batchSize - 1) await new Promise(setImmediate)
  }
}
