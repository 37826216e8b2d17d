import type { Command } from 'commander'

type Word = { word: string; description: string }
/** The words that may follow a command path, such as `agent/create`. The program itself is the empty path. */
type Completion = { path: string; words: Word[] }

export function bashCompletion(program: Command): string {
  const cases = completionsOf(program).map(({ path, words }) => `    '${path}') words='${wordList(words)}' ;;`)
  return `_reveille() {
  local path='' words='' word known=' ${pathList(program)} '
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$known" in *" \${path:+$path/}$word "*) path="\${path:+$path/}$word" ;; esac
  done
  case "$path" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _reveille reveille`
}

/** zsh runs the bash function with its own `bashcompinit`. */
export function zshCompletion(program: Command): string {
  return `autoload -Uz compinit bashcompinit
(( $+functions[compdef] )) || compinit
bashcompinit
${bashCompletion(program)}`
}

export function fishCompletion(program: Command): string {
  const lines = completionsOf(program).flatMap(({ path, words }) =>
    words.map(({ word, description }) => {
      const what = word.startsWith('--') ? `-l ${word.slice(2)}` : `-f -a ${word}`
      return `complete -c reveille -n '${fishCondition(program, path)}' ${what} -d '${description.replaceAll("'", "\\'")}'`
    }),
  )
  return lines.join('\n')
}

function fishCondition(program: Command, path: string): string {
  const [first, second] = path.split('/')
  if (!first) return `not __fish_seen_subcommand_from ${program.commands.map((command) => command.name()).join(' ')}`
  const seen = `__fish_seen_subcommand_from ${first}`
  if (second) return `${seen}; and __fish_seen_subcommand_from ${second}`
  const below = program.commands.find((command) => command.name() === first)?.commands ?? []
  const names = below.map((command) => command.name()).join(' ')
  return names ? `${seen}; and not __fish_seen_subcommand_from ${names}` : seen
}

function completionsOf(program: Command): Completion[] {
  const everywhere = optionsOf(program)
  const below = (command: Command, path: string): Completion[] => [
    { path, words: [...namesOf(command), ...(path ? optionsOf(command) : []), ...everywhere] },
    ...command.commands.flatMap((sub) => below(sub, path ? `${path}/${sub.name()}` : sub.name())),
  ]
  return below(program, '')
}

function namesOf(command: Command): Word[] {
  return command.commands.map((sub) => ({ word: sub.name(), description: sub.description() }))
}

function optionsOf(command: Command): Word[] {
  return command.options.flatMap(({ long, description }) => (long ? [{ word: long, description }] : []))
}

function pathList(program: Command): string {
  return completionsOf(program)
    .map((completion) => completion.path)
    .join(' ')
    .trim()
}

function wordList(words: Word[]): string {
  return words.map(({ word }) => word).join(' ')
}
