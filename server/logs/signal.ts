export type Signal<T> = { promise: Promise<T>; resolve: (value: T) => void }

export function createSignal<T>(): Signal<T> {
  let resolve: (value: T) => void = () => {}
  const promise = new Promise<T>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}
