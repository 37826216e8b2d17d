import { execFileSync, spawnSync } from 'node:child_process'
import { isAlive } from '@/server/processes/process-table'

/** Why no network namespaces can be made here, or null where they can. */
export function whyNoNamespaces(): string | null {
  if (process.platform !== 'linux') return 'there are no network namespaces'
  if (process.getuid?.() !== 0) return 'network namespaces need root'
  const name = `reveille-${process.pid}-try`
  if (spawnSync('ip', ['netns', 'add', name]).status !== 0) return 'there is no `ip netns`, or it may not be used'
  ip('netns', 'del', name)
  return null
}

/** What is done to the way between a machine and the database. */
export const cuts = {
  /** Refused at once: the address of the database is one of the machine's own, where nobody listens. */
  refused: (way) => within(way.name, 'addr', 'add', `${way.database}/32`, 'dev', 'lo'),
  /** The machine itself says that there is no way. */
  unreachable: (way) => within(way.name, 'route', 'add', 'unreachable', `${way.database}/32`),
  'dropped in both directions'(way) {
    loseTo(way.name, way.database)
    loseTo(way.databaseName, way.machine)
  },
  'dropped on the way back': (way) => loseTo(way.databaseName, way.machine),
} satisfies Record<string, (way: Way) => void>

export type Cut = keyof typeof cuts

type Way = { name: string; databaseName: string; database: string; machine: string }

/**
 * A namespace for the database and one for each machine, with a wire between each machine and the database and no other.
 * `remove` takes all of it away; so does the end of this process, and what a killed one has left goes at the next call.
 */
export function createNamespaces(machines: string[]) {
  removeLeft()
  const databaseName = nameOf('database')
  add(databaseName)
  const ways = new Map(machines.map((machine, at) => [machine, createWay(databaseName, machine, at + 1)] as const))
  process.once('exit', remove)

  function wayOf(machine: string): Way {
    const way = ways.get(machine)
    if (!way) throw new Error(`there is no machine ${machine}`)
    return way
  }

  function remove() {
    for (const name of [databaseName, ...[...ways.values()].map((way) => way.name)]) {
      spawnSync('ip', ['netns', 'del', name])
    }
    process.removeListener('exit', remove)
  }

  return {
    /** In front of a command that is to run in the namespace of the database. */
    inDatabase: ['ip', 'netns', 'exec', databaseName],
    /** In front of a command that is to run on the machine, which has a host name of its own too. */
    on: (machine: string) => [
      ...['ip', 'netns', 'exec', wayOf(machine).name],
      ...['unshare', '--uts', '/bin/sh', '-c', 'hostname "$0" && exec "$@"', machine],
    ],
    /** The address of the database, as the machine sees it. */
    addressFor: (machine: string) => wayOf(machine).database,
    cut: (machine: string, cut: Cut) => cuts[cut](wayOf(machine)),
    mend: (machine: string) => mend(wayOf(machine)),
    remove,
  }
}

function createWay(databaseName: string, machine: string, at: number): Way {
  const name = nameOf(machine)
  const way = { name, databaseName, database: `10.213.${at}.1`, machine: `10.213.${at}.2` }
  add(name)
  ip(
    'link',
    'add',
    wireOf(way.database),
    'netns',
    databaseName,
    'type',
    'veth',
    'peer',
    'name',
    wireOf(way.database),
    'netns',
    name,
  )
  for (const [end, address] of [
    [databaseName, way.database],
    [name, way.machine],
  ] as const) {
    within(end, 'addr', 'add', `${address}/24`, 'dev', wireOf(way.database))
    within(end, 'link', 'set', wireOf(way.database), 'up')
  }
  return way
}

const nobody = '02:00:00:00:00:01'

/** Frames to an address go to a station that is not there. */
function loseTo(namespace: string, address: string) {
  within(namespace, 'neigh', 'replace', address, 'lladdr', nobody, 'dev', wireOf(address), 'nud', 'permanent')
}

/** Undoes whatever was done: what was not there is no fault. */
function mend({ name, databaseName, database, machine }: Way) {
  const device = ['dev', wireOf(database)]
  for (const args of [
    ['-n', name, 'addr', 'del', `${database}/32`, 'dev', 'lo'],
    ['-n', name, 'route', 'del', 'unreachable', `${database}/32`],
    ['-n', name, 'neigh', 'del', database, ...device],
    ['-n', databaseName, 'neigh', 'del', machine, ...device],
  ]) {
    spawnSync('ip', args)
  }
}

/** One name at both ends, which lie in different namespaces. */
function wireOf(address: string): string {
  return `wire${address.split('.')[2]}`
}

function add(name: string) {
  ip('netns', 'add', name)
  within(name, 'link', 'set', 'lo', 'up')
}

function nameOf(what: string): string {
  return `reveille-${process.pid}-${what}`
}

function removeLeft() {
  for (const line of ip('netns', 'list').split('\n')) {
    const [name = '', pid] = /^reveille-(\d+)-\w+/.exec(line) ?? []
    if (pid && !isAlive(Number(pid))) spawnSync('ip', ['netns', 'del', name])
  }
}

function within(namespace: string, ...args: string[]) {
  ip('-n', namespace, ...args)
}

function ip(...args: string[]): string {
  return execFileSync('ip', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}
