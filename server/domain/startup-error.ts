/** An error of the installation, not of a call: its message is one sentence for the operator, shown without a stack. */
export class StartupError extends Error {
  override name = 'StartupError'
}
