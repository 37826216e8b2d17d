import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { bashCompletion, fishCompletion } from './completion-scripts'
import { createProgram } from './program'

/** What a real bash offers when Tab is pressed at the end of the line. */
function offered(line: string): string[] {
  const words = line.split(' ')
  const script = `${bashCompletion(createProgram())}
    COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}
    _reveille; printf '%s\\n' "\${COMPREPLY[@]}"`
  return execFileSync('bash', ['-c', script], { encoding: 'utf8' }).split('\n').filter(Boolean)
}

test('bash completes commands, commands below them, and options', () => {
  expect(offered('reveille a')).toEqual(['agents', 'agent'])
  expect(offered('reveille agent t')).toEqual(['terminate'])
  expect(offered('reveille agent create --c')).toEqual(['--config', '--company'])
  expect(offered('reveille --json wake Echo --f')).toEqual(['--follow'])
  expect(offered('reveille runs --st')).toEqual(['--status'])
})

test('fish is told every command, once', () => {
  const lines = fishCompletion(createProgram()).split('\n')
  for (const command of ['companies', 'terminate', 'sign-in-link', 'events']) {
    expect(lines.filter((line) => line.includes(` -f -a ${command} `))).toHaveLength(1)
  }
  expect(new Set(lines).size).toBe(lines.length)
})
