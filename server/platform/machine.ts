import { execFileSync } from 'node:child_process'
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

/**
 * Names this boot of this machine (and, in a container, this container): processes of another one can not be looked for
 * here, and after a reboot none of the old ones lives.
 */
export function machineId(): string {
  return `${hostname()} ${bootId()} ${pidNamespace()}`
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    try {
      return execFileSync('sysctl', ['-n', 'kern.boottime'], { encoding: 'utf8' }).trim()
    } catch {
      return ''
    }
  }
}

function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid')
  } catch {
    return ''
  }
}
