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
const soughtText = z
  .string()
  .min(1, 'must not be empty')
  .max(200, 'must have at most 200 characters')
  .refine((text) => !text.includes('\n'), 'must stand in one line')
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
        /** Words of the error, a part of the agent's name, or the end of the run's id. */
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
  /** A queued run is cancelled at once; a running one when its processes are gone. One that has ended stays as it is. */
  cancel: procedure.input(whichRun.extend({ reason: reasonInput })).mutation(async ({ ctx, input }) => {
    const { runId } = await ctx.gate.run(input.runId)
    const run = await cancel(ctx.services.database.sql, runId, input.reason ?? null, ctx.by)
    ctx.services.notifier.notify('cancels', 'runs', 'live')
    return run
  }),
  /** A new run with the context and the payload of this one, that names it in `retryOfRunId`; answers as `wakeup.create`. */
  retry: procedure.input(whichRun).mutation(async ({ ctx, input }) => {
    const { runId } = await ctx.gate.run(input.runId)
    const asked = { actor: ctx.by, triggerDetail: 'manual', cause: undefined } as const
    try {
      return await rerun(ctx.services.database.sql, runId, asked)
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
   * A page of the log by line: `at` is a line's number from 1, the line that holds an offset, or the first of the last
   * so many; any of them costs the same. A line ends with its newline, whichever stream printed it. Answers
   * `{ entries, offset, firstLine, nextOffset, nextLine, totalLines, logBytes, done }`: entries as of `run.log`, from the
   * beginning of `firstLine` at `offset`; the next page is `at: { line: nextLine }`, or `at: { offset: nextOffset }` where
   * `limitBytes` cut a long line: then `entries` of `run.log` from `nextOffset` are the rest of it. `totalLines` and
   * `logBytes` are of now; `done`: the run is final and the page reaches its end. With `stream`, the other stream's text is
   * left out, its lines still count.
   */
  logLines: procedure
    .input(
      whichRun.extend({
        at: lineAddress.default({ line: 1 }),
        /** A page ends where `limitBytes` or 20,000 chunks do, whatever is asked for. */
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
   * Which stream printed each line, which is the one that ended it, told without the text: `counts` are lines of stdout, of
   * stderr, of stdout and so on, from `firstLine`. `unended` says for either stream in which line its last text stands
   * where no newline of its own ends it: 0 where one does, null where this page has none of its text. Goes on at
   * `offset: nextOffset` as long as that is less than `logBytes`.
   */
  logLineStreams: procedure.input(whichRun.extend({ offset: offsetInput.default(0) })).query(async ({ ctx, input }) => {
    const { runId } = await ctx.gate.run(input.runId)
    return await ctx.services.logs.lineStreams(runId, { offset: input.offset })
  }),
  /**
   * Searches what the log holds now, for a text of one line as it stands (no pattern), in any case unless `matchCase`.
   * Sends `{ hits, nextOffset, logBytes, done, more }` as it goes: `nextOffset` of `logBytes` is how far it was searched,
   * the last message is `done`, and `more` says that `limit` was reached: go on with `offset: nextOffset`. A hit is
   * `{ offset, nextOffset, line, ts, stream, excerpt, start, end }`: the excerpt is of the hit's line, the hit in it from
   * `start` to `end` in UTF-16 units. A socket that comes back goes on where it was cut.
   */
  searchLog: procedure
    .input(
      whichRun.extend({
        text: soughtText,
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
   * The entries of `run.log` from `offset` to the end of the run, tracked by their `nextOffset`. With `tellsOwner`, an entry
   * of no length says in `owner` when the server that runs it can not be reached (`gone`), and when it can again (`back`).
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

/** A client that comes back names the last id it has; that outweighs where it once began. */
function resumeAt(lastEventId: string | null | undefined, otherwise: number): number {
  if (lastEventId === null || lastEventId === undefined || lastEventId === '') return otherwise
  const at = Number(lastEventId)
  if (!Number.isSafeInteger(at) || at < 0)
    throw new ApiError('invalid_input', 'lastEventId: must be an id that was sent', 'lastEventId')
  return at
}
