/** A long-lived part of a process. `stop` resolves when it has stopped. */
export type Service = { name: string; start(): Promise<unknown>; stop(): Promise<unknown> }

export type ServiceList = {
  start(service: Service): Promise<void>
  /** Adds a service that is already running. */
  add(name: string, stop: () => Promise<unknown>): void
  /** Stops all, the last one first. One that fails to stop does not keep the others from stopping. */
  stop(onError: (error: unknown, name: string) => void): Promise<void>
}

/** The services of a process: started in order, stopped in reverse. */
export function createServiceList(): ServiceList {
  const started: Pick<Service, 'name' | 'stop'>[] = []
  return {
    async start(service) {
      started.push(service)
      await service.start()
    },
    add: (name, stop) => void started.push({ name, stop }),
    async stop(onError) {
      for (const { name, stop } of started.splice(0).reverse()) await stop().catch((error) => onError(error, name))
    },
  }
}
