// Pipeline: cli. serve's flags on the command line. Light on purpose: `--help` and `render` never load what `serve` needs
// (serve.ts brings the Kubernetes client).
import { Option, type Command } from 'commander'
import { environmentName, SERVE_FLAGS, type Flag } from '../config.ts'

/** Adds the options of `serve`; values arrive as text and are parsed by parseServeConfig. */
export function addServeOptions(command: Command): Command {
  for (const flag of SERVE_FLAGS) command.addOption(serveOption(flag))
  return command
}

/** The flags that were given, by name, as parseServeConfig takes them. */
export function givenServeFlags(command: Command): Readonly<Record<string, string>> {
  const given = command.options.filter(
    option => command.getOptionValueSource(option.attributeName()) === 'cli',
  )
  return Object.fromEntries(given.map(option => [option.long ?? '', switchText(option, command)]))
}

/** commander reads `--no-webhook` as webhook = false. */
function switchText(option: Option, command: Command): string {
  return option.negate ? 'true' : String(command.getOptionValue(option.attributeName()))
}

/** The fallback is told, not set: commander would hide whether the flag or the environment gave it. */
function serveOption(flag: Flag<unknown>): Option {
  const syntax = flag.argument === undefined ? flag.name : `${flag.name} <${flag.argument}>`
  const fallback =
    flag.argument !== undefined && flag.fallback !== undefined ? ` (default: ${flag.fallback})` : ''
  return new Option(syntax, `${flag.help}${fallback} [${environmentName(flag)}]`)
}
