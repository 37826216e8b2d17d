import { tracked } from '@trpc/server'
import { z } from 'zod'
import { untilDrained } from '@/server/api/trpc/backpressure'
import { procedure, router } from '@/server/api/trpc/init'
import { ApiError, notFound } from '@/server/domain/errors'
import { uuid } from '@/server/domain/ids'
import { pageInput } from '@/server/domain/page'
import { logStreams, runStatuses } from '@/server/domain/run-status'
import { wakeupSources } from '@/server/domain/wakeup-status'
import { cancel } from '@/server/engine/runs/cancel'
import { followEvents } from '@/server/engine/runs/follow-events'
import { listRuns } from '@/server/engine/runs/list'
import { getRun, listEvents, neighboursOf } from '@/server/engine/runs/queries'
import { rerun } from '@/server/engine/runs/rerun'
import { reasonInput, timeInput } from './inputs'

const whichRun = z.strictObject({ runId: uuid })
const offsetInput = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER)
const limitBytesInput = z.number().int().min(1).max(1_048_576).default(262_144)
const streamInput = z.enum(logStreams).optional()
const lineInput = z.number().int().min(1).max(Number.MAX_SAFE_INTEGER)
const lineAddress = z.union([
  z.strictObject({ line: lineInput }),
  z.strictObject({ offset: offsetInput }),
  z.strictObject({ last: lineInput }),
])
const searchInput = z
  .string()
  .min(1, 'must not be empty')
  .max(200, 'must have at most 200 characters')
  .refine((text) => !text.includes('\n'), 'must be one line')
const lastEventId = z.string().max(100).nullish()

export const runRouter = router({
  list: procedure
    .input(
      z.strictObject({
        companyId: uuid,
        agentId: uuid.optional(),
        status: z.enum(runStatuses).optional(),
        source: z.enum(wakeupSources).optional(),
        since: timeInput.optional(),
        until: timeInput.optional(),
        /** A part of the error or of the agent's name, or the end of the run's id. */
        text: z.string().max(200).optional(),
        ...pageInput,
      }),
    )
    .query(async ({ ctx, input }) => {
      const { sql } = ctx.services.database
      if (ctx.actor.kind === 'agent' || ctx.actor.kind === 'run') {
        if (input.companyId !== ctx.actor.companyId) throw notFound('company')
        const { agentId, companyId } = await ctx.gate.agent(input.agentId ?? ctx.actor.agentId)
        return await listRuns(sql, { ...input, agentId, companyId })
      }
      return await listRuns(sql, { ...input, companyId: await ctx.gate.company(input.companyId) })
    }),
  get: procedure.input(whichRun).query(async ({ ctx, input }) => {
    const { runId } = await ctx.gate.run(input.runId)
    return await getRun(ctx.services.database.sql, runId)
  }),
  neighbours: procedure.input(whichRun).query(async ({ ctx, input }) => {
    const { runId } = await ctx.gate.run(input.runId)
    return await neighboursOf(ctx.services.database.sql, runId)
  }),
  /** A queued run is cancelled at once, a running one when its processes have ended. A run that has ended does not change. */
  cancel: procedure.input(whichRun.extend({ reason: reasonInput })).mutation(async ({ ctx, input }) => {
    const { runId } = await ctx.gate.run(input.runId)
    const run = await cancel(ctx.services.database.sql, runId, input.reason ?? null, ctx.by)
    ctx.services.notifier.notify('cancels', 'runs', 'live')
    return run
  }),
  /** Makes a new run with the context and payload of this one and its id in `retryOfRunId`. Returns what `wakeup.create` does. */
  retry: procedure.input(whichRun).mutation(async ({ ctx, input }) => {
    const { runId } = await ctx.gate.run(input.runId)
    const rerunRequest = { actor: ctx.by, triggerDetail: 'manual', cause: undefined } as const
    try {
      return await rerun(ctx.services.database.sql, runId, rerunRequest)
    } finally {
      ctx.services.notifier.notify('runs', 'live')
    }
  }),
  events: procedure
    .input(
      whichRun.extend({
        afterSeq: z.number().int().min(0).default(0),
        limit: z.number().int().min(1).max(1000).default(200),
      }),
    )
    .query(async ({ ctx, input }) => {
      const { runId } = await ctx.gate.run(input.runId)
      return await listEvents(ctx.services.database.sql, { ...input, runId })
    }),
  log: procedure
    .input(
      whichRun.extend({
        offset: offsetInput.default(0),
        limitBytes: limitBytesInput,
      }),
    )
    .query(async ({ ctx, input }) => {
      const { runId } = await ctx.gate.run(input.runId)
      const { entries, nextOffset, done } = await ctx.services.logs.read(runId, input)
      return { entries, nextOffset, done }
    }),
  /**
   * A page of the log by line: `at` is a line's number from 1, the line that contains an offset, or the first of the
   * `last` lines; all cost the same. A line ends with its newline, whichever stream printed it. Returns
   * `{ entries, offset, firstLine, nextOffset, nextLine, totalLines, logBytes, done }`: entries as in `run.log`, from the
   * beginning of `firstLine` at `offset`; the next page is `at: { line: nextLine }`, or `at: { offset: nextOffset }` if
   * `limitBytes` cut a long line: `run.log` from `nextOffset` then gives the rest of it. `totalLines` and `logBytes` are
   * the current totals; `done`: the run is final and the page reaches its end. With `stream`, the text of the other stream
   * is left out, but its lines count.
   */
  logLines: procedure
    .input(
      whichRun.extend({
        at: lineAddress.default({ line: 1 }),
        /** A page also ends at `limitBytes` or 20,000 chunks. */
        lines: z.number().int().min(1).max(10_000_000).default(500),
        limitBytes: limitBytesInput,
        stream: streamInput,
      }),
    )
    .query(async ({ ctx, input: { runId: given, ...query } }) => {
      const { runId } = await ctx.gate.run(given)
      return await ctx.services.logs.lines(runId, query)
    }),
  /**
   * The stream that ended each line, without the text: `counts` are numbers of lines of stdout, of stderr, of stdout and so
   * on, from `firstLine`. `unended` is, per stream, the line of its last text that no newline of that stream ends: 0 if
   * there is none, null if this page has no text of the stream. Continue at `offset: nextOffset` while that is less than
   * `logBytes`.
   */
  logLineStreams: procedure.input(whichRun.extend({ offset: offsetInput.default(0) })).query(async ({ ctx, input }) => {
    const { runId } = await ctx.gate.run(input.runId)
    return await ctx.services.logs.lineStreams(runId, { offset: input.offset })
  }),
  /**
   * Searches the current log for a literal text within one line, ignoring case unless `matchCase`. Sends
   * `{ hits, nextOffset, logBytes, done, more }` during the search: `nextOffset` of `logBytes` bytes were searched, the
   * last message is `done`, and `more` means that `limit` was reached: continue with `offset: nextOffset`. A hit is
   * `{ offset, nextOffset, line, ts, stream, excerpt, start, end }`: an excerpt of its line, with the hit from `start` to
   * `end` in UTF-16 units. A reconnected socket resumes where it was cut.
   */
  searchLog: procedure
    .input(
      whichRun.extend({
        text: searchInput,
        matchCase: z.boolean().default(false),
        offset: offsetInput.default(0),
        limit: z.number().int().min(1).max(10_000).default(1000),
        stream: streamInput,
        lastEventId,
      }),
    )
    .subscription(async function* ({ ctx, input: { runId: given, lastEventId: last, ...query }, signal }) {
      const { runId } = await ctx.gate.run(given)
      const until = signal ?? new AbortController().signal
      const drained = untilDrained(ctx.socket, until)
      const offset = resumeAt(last, query.offset)
      for await (const page of ctx.services.logs.search(runId, { ...query, offset }, until)) {
        await drained()
        yield tracked(String(page.nextOffset), page)
      }
    }),
  /**
   * The entries of `run.log` from `offset` to the end of the run, tracked by their `nextOffset`. With `tellsOwner`, an empty
   * entry reports in `owner` when the server that runs it becomes unreachable (`gone`) and reachable again (`back`).
   */
  onLog: procedure
    .input(whichRun.extend({ offset: offsetInput.default(0), tellsOwner: z.boolean().default(false), lastEventId }))
    .subscription(async function* ({ ctx, input }) {
      const { runId } = await ctx.gate.run(input.runId)
      const offset = resumeAt(input.lastEventId, input.offset)
      const { until } = ctx
      const more = { backpressure: untilDrained(ctx.socket, until), tellsOwner: input.tellsOwner }
      for await (const entry of ctx.services.logs.follow(runId, offset, until, more)) {
        yield tracked(String(entry.nextOffset), entry)
      }
    }),
  onEvent: procedure
    .input(whichRun.extend({ afterSeq: z.number().int().min(0).default(0), lastEventId }))
    .subscription(async function* ({ ctx, input }) {
      const { runId } = await ctx.gate.run(input.runId)
      const { database, feed } = ctx.services
      const afterSeq = resumeAt(input.lastEventId, input.afterSeq)
      const { until } = ctx
      for await (const event of followEvents({ sql: database.sql, feed, runId, afterSeq, signal: until })) {
        yield tracked(String(event.seq), event)
      }
    }),
})

/** A reconnecting client sends the last id that it has received, which overrides its original start. */
function resumeAt(lastEventId: string | null | undefined, start: number): number {
  if (lastEventId === null || lastEventId === undefined || lastEventId === '') return start
  const at = Number(lastEventId)
  if (!Number.isSafeInteger(at) || at < 0)
    throw new ApiError('invalid_input', 'lastEventId: must be an id of this stream', 'lastEventId')
  return at
}
