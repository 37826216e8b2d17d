/** What runs for long: started in order, stopped in reverse. `stop` resolves when it is stopped. */
export type Service = { name: string; start(): Promise<unknown>; stop(): Promise<unknown> }
