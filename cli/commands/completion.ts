import { Argument, type Command } from 'commander'
import { bashCompletion, fishCompletion, zshCompletion } from '@/cli/completion-scripts'
import { printLine } from '@/cli/print'

const shells = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const

const help = `
Examples:
  $ source <(reveille completion bash)
  $ reveille completion fish > ~/.config/fish/completions/reveille.fish`

export function addCompletion(program: Command): void {
  program
    .command('completion')
    .description('print a script for shell completion')
    .addArgument(new Argument('<shell>').choices(Object.keys(shells)))
    .addHelpText('after', help)
    .action((shell: keyof typeof shells) => printLine(shells[shell](program)))
}
