import { setTimeout as sleep } from 'node:timers/promises'
import type { Embedded } from '@/db/embedded/start'
import { freeze, type Member, sleepMachine } from './crew'
import type { Random } from './random'

export type Stage = { cluster: Embedded; startCluster(): Promise<Embedded>; random: Random; crew: Member[] }

export const leaseMs = 2000

export const deal = {
  async 'kill -9 of a web server'(_stage: Stage, member: Member) {
    await member.server()?.kill9()
  },
  async 'kill -9 of a runner'(_stage: Stage, member: Member) {
    const pid = await member.runnerPid()
    if (pid) process.kill(pid, 'SIGKILL')
  },
  async 'kill -9 of a whole server'(_stage: Stage, member: Member) {
    const pid = await member.runnerPid()
    if (pid) process.kill(pid, 'SIGKILL')
    await member.server()?.kill9()
  },
  async 'a runner frozen past its lease'(_stage: Stage, member: Member) {
    const pid = await member.runnerPid()
    if (pid) await freeze(pid, leaseMs * 2)
  },
  async 'a runner frozen for a moment'(_stage: Stage, member: Member) {
    const pid = await member.runnerPid()
    if (pid) await freeze(pid, leaseMs / 4)
  },
  async 'a web server frozen'(_stage: Stage, member: Member) {
    const pid = member.server()?.pid
    if (pid) await freeze(pid, leaseMs * 2)
  },
  async 'a server stopped in order'(_stage: Stage, member: Member) {
    await member.server()?.stop()
  },
  async 'a whole machine asleep past its lease'(_stage: Stage, member: Member) {
    await sleepMachine(member, leaseMs * 2)
  },
  async 'a route that refuses'(_stage: Stage, member: Member) {
    await member.way.refuse()
    await sleep(leaseMs * 2)
    await member.way.accept()
  },
  async 'the database restarted'(stage: Stage) {
    await stage.cluster.stop()
    await Promise.all(stage.crew.map((member) => member.way.refuse()))
    await sleep(stage.random.upTo(leaseMs))
    stage.cluster = await stage.startCluster()
    await Promise.all(stage.crew.map((member) => member.way.accept()))
  },
}
