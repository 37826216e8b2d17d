import type { Command } from 'commander'
import { exitCodes } from '@/cli/cli-error'
import { chosenCompanies } from '@/cli/find'
import { listen } from '@/cli/follow/listen'
import { plain, printJson, printLine, printNote } from '@/cli/print'
import { type Session, withServer } from '@/cli/session'
import { formatTime } from '@/cli/time'
import { type LiveEvent, livePosition, liveReset } from '@/server/domain/live-event'

export function addEvents(program: Command): void {
  program
    .command('events')
    .description("print the company's live events until interrupted")
    .addHelpText('after', '\nExample:\n  $ reveille events --company Acme --json')
    .action(
      withServer(async (session) => {
        const companies = await chosenCompanies(session)
        const interrupted = new AbortController()
        process.once('SIGINT', () => interrupted.abort())
        try {
          await Promise.all(companies.map(({ id }) => printEvents(session, id, interrupted.signal)))
        } finally {
          interrupted.abort()
        }
        return exitCodes.done
      }),
    )
}

async function printEvents({ api, json }: Session, companyId: string, signal: AbortSignal): Promise<void> {
  let lastEventId: string | null = null
  const print = (event: LiveEvent) => {
    lastEventId = event.id
    if (event.type === livePosition) return
    if (json) printJson(event)
    else printEvent(event)
    if (!process.stdout.writableNeedDrain) return
    api.brake('stdout')
    process.stdout.once('drain', () => api.release('stdout'))
  }
  while (!signal.aborted) {
    await listen(
      (handlers) =>
        api.live.onEvent.subscribe(
          { companyId, lastEventId, position: true },
          { ...handlers, onData: (tracked) => print(tracked.data) },
        ),
      signal,
    )
  }
}

function printEvent(event: LiveEvent): void {
  if (event.type === liveReset) {
    printNote('some events were missed.')
    return
  }
  const facts = Object.entries(event.payload)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
  printLine(plain(`${formatTime(event.createdAt)}  ${event.type.padEnd(20)}  ${facts.join(' ')}`))
}
