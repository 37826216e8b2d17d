import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { bashCompletion, fishCompletion } from './completion-scripts'
import { createProgram } from './program'

/** The completions that bash offers at the end of the line. */
function completionsOf(line: string): string[] {
  const words = line.split(' ')
  const script = `${bashCompletion(createProgram())}
    COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}
    _reveille; printf '%s\\n' "\${COMPREPLY[@]}"`
  return execFileSync('bash', ['-c', script], { encoding: 'utf8' }).split('\n').filter(Boolean)
}

test('bash completes commands, commands below them, and options', () => {
  expect(completionsOf('reveille a')).toEqual(['agents', 'agent'])
  expect(completionsOf('reveille agent t')).toEqual(['terminate'])
  expect(completionsOf('reveille agent create --c')).toEqual(['--config', '--company'])
  expect(completionsOf('reveille --json wake Echo --f')).toEqual(['--follow'])
  expect(completionsOf('reveille runs --st')).toEqual(['--status'])
})

test('the fish script has every command once', () => {
  const lines = fishCompletion(createProgram()).split('\n')
  for (const command of ['companies', 'terminate', 'sign-in-link', 'events']) {
    expect(lines.filter((line) => line.includes(` -f -a ${command} `))).toHaveLength(1)
  }
  expect(new Set(lines).size).toBe(lines.length)
})
