// Pipeline: cli. The command line: grammar, help and exit codes (0 done, 1 refused or not healthy, 2 wrong usage). What a
// command needs is loaded when it runs, so that `render` never loads the Kubernetes client.
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { parseNamespace } from '../config-values.ts'
import { parseInstanceTypes, type Parsed } from '../core/api/annotation-values.ts'
import { CLOUDS } from '../core/api/names.ts'
import { CommandError, type Io } from './io.ts'
import type { ReleaseOptions } from './release.ts'
import { addServeOptions, givenServeFlags } from './serve-options.ts'
import type { StatusOptions } from './status.ts'
import { parseTarget, type Target, type TargetKind } from './target.ts'
import type { ValidateOptions } from './validate.ts'

const EXIT_REFUSED = 1
const EXIT_USAGE = 2

const RENDER_FORMATS = ['yaml', 'json', 'patch', 'diff', 'decision']
const VALIDATE_FORMATS = ['text', 'json', 'sarif']
const UNINJECT_FORMATS = ['yaml', 'json']
const CONVERT_FORMATS = ['yaml', 'json']
const PRESETS_FORMATS = ['table', 'json', 'yaml']
const FIT_FORMATS = ['table', 'json']
const CLUSTER_FORMATS = ['table', 'json']

/** What only the composition root can make. */
export interface ProgramDependencies {
  readonly version: string
  readonly io: Io
  /** Runs `serve` with its flags as they were given. */
  readonly serve: (flags: Readonly<Record<string, string>>) => Promise<number>
  readonly demo: (options: { readonly once: boolean }) => Promise<number>
  readonly status: (options: StatusOptions) => Promise<number>
  readonly release: (options: ReleaseOptions) => Promise<number>
}

/** Runs one command line; resolves to the exit code and never rejects for a user's mistake. */
export async function runProgram(
  args: readonly string[],
  dependencies: ProgramDependencies,
): Promise<number> {
  const outcome = { code: 0 }
  const program = createProgram(dependencies, code => (outcome.code = code))
  try {
    await program.parseAsync([...args], { from: 'user' })
    return outcome.code
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE
    if (!(error instanceof CommandError)) throw error
    for (const line of error.lines) dependencies.io.err(`error: ${line}`)
    return EXIT_REFUSED
  }
}

function createProgram(dependencies: ProgramDependencies, exit: (code: number) => void): Command {
  const { io, version } = dependencies
  const program = new Command('kaito-native')
    .description(
      'LLM inference and fine-tuning on the Deployments, StatefulSets and Jobs that you already write.',
    )
    .version(version)
    .exitOverride()
    .configureOutput({ writeOut: io.out, writeErr: text => io.err(text.trimEnd()) })
    .showHelpAfterError('(--help shows what is accepted)')
    .addHelpText('after', '\nExit codes: 0 done, 1 refused or not healthy, 2 wrong usage.')
  addRender(program, io, exit)
  addValidate(program, dependencies, exit)
  addUninject(program, io, exit)
  addConvert(program, io, exit)
  addFit(program, io, exit)
  addPresets(program, io, exit)
  addStatus(program, dependencies, exit)
  addRelease(program, dependencies, exit)
  addServe(program, dependencies, exit)
  addDemo(program, dependencies, exit)
  return program
}

type Exit = (code: number) => void

function output(formats: readonly string[]): Option {
  return new Option('-o, --output <format>', 'output format').choices(formats).default(formats[0])
}

const file = (): Option =>
  new Option('-f, --file <file>', 'YAML or JSON file, - for stdin (required, once)')
    .argParser(once)
    .makeOptionMandatory()
const catalogue = (): Option =>
  new Option('--catalogue <dir>', 'more presets and instance types, same schema as presets/')

const cloud = (): Option =>
  new Option('--cloud <cloud>', 'whose instance types "auto" chooses from (default: azure)').choices(CLOUDS)

function addRender(program: Command, io: Io, exit: Exit): void {
  program
    .command('render')
    .description('show what the webhook would do to a file, without a cluster')
    .addOption(file())
    .addOption(output(RENDER_FORMATS))
    .addOption(catalogue())
    .addOption(cloud())
    .action(async options => exit(await (await import('./render.ts')).runRender(options, io)))
}

function addValidate(program: Command, { io, version }: ProgramDependencies, exit: Exit): void {
  program
    .command('validate')
    .description('check files as the webhooks would, policies included, without a cluster; for CI')
    .addOption(
      files(
        '-f, --file <file>',
        'YAML or JSON file, - for stdin (required, repeatable)',
      ).makeOptionMandatory(),
    )
    .addOption(files('--policy <file>', 'PresetPolicies and Namespaces besides those of -f (repeatable)'))
    .addOption(output(VALIDATE_FORMATS))
    .addOption(catalogue())
    .addOption(cloud())
    .action(async (options: ValidateOptions, command: Command) => {
      if ([...options.file, ...(options.policy ?? [])].filter(name => name === '-').length > 1)
        command.error("error: stdin ('-') can be read once only")
      exit(await (await import('./validate.ts')).runValidate(options, version, io))
    })
}

function addUninject(program: Command, io: Io, exit: Exit): void {
  program
    .command('uninject')
    .description('print the documents as they were before injection')
    .addOption(file())
    .addOption(output(UNINJECT_FORMATS))
    .action(async options => exit(await (await import('./uninject.ts')).runUninject(options, io)))
}

function addConvert(program: Command, io: Io, exit: Exit): void {
  program
    .command('convert')
    .description("print upstream KAITO's Workspaces and InferenceSets as native workloads")
    .addOption(file())
    .addOption(output(CONVERT_FORMATS))
    .addOption(catalogue())
    .action(async options => exit(await (await import('./convert.ts')).runConvert(options, io)))
}

function addFit(program: Command, io: Io, exit: Exit): void {
  program
    .command('fit <preset>')
    .description('on which instance types a preset runs, best first, and why not on the others')
    .addOption(new Option('--cloud <cloud>', 'cloud').choices([...CLOUDS, 'any']).default('azure'))
    .addOption(
      new Option('--instance-type <types>', 'only these, comma-separated, of any cloud').argParser(
        parseWith(parseInstanceTypes),
      ),
    )
    .addOption(output(FIT_FORMATS))
    .addOption(catalogue())
    .action(async (preset: string, { instanceType, ...options }) =>
      exit(await (await import('./fit.ts')).runFit({ ...options, preset, instanceTypes: instanceType }, io)),
    )
}

/** kubectl takes several -f; taking the last one in silence would lose the others. */
function once(text: string, previous: string | undefined): string {
  if (previous !== undefined)
    throw new InvalidArgumentError('one file at a time: put the documents into one file')
  return text
}

/** Any number of files, in the order in which they are given. */
function files(flags: string, description: string): Option {
  return new Option(flags, description).argParser((text: string, previous: readonly string[] | undefined) => [
    ...(previous ?? []),
    text,
  ])
}

function addPresets(program: Command, io: Io, exit: Exit): void {
  program
    .command('presets [name]')
    .description('list the presets, or show one')
    .addOption(output(PRESETS_FORMATS))
    .addOption(catalogue())
    .action(async (name: string | undefined, options) =>
      exit(
        await (
          await import('./presets.ts')
        ).runPresets(name === undefined ? options : { ...options, name }, io),
      ),
    )
}

const kubeconfig = (): Option =>
  new Option('--kubeconfig <file>', "default: $KUBECONFIG, ~/.kube/config, the pod's ServiceAccount")
const namespace = (): Option =>
  new Option('-n, --namespace <name>', 'default: that of the kubeconfig').argParser(parseWith(parseNamespace))

function addStatus(program: Command, dependencies: ProgramDependencies, exit: Exit): void {
  program
    .command('status')
    .argument('[name]', 'NAME or KIND/NAME of a workload', (text: string) =>
      parseWith(target(['Deployment', 'StatefulSet', 'Job', 'CronJob'], true))(text),
    )
    .description('what became of the workloads; one that is named and not ready is exit code 1')
    .addOption(namespace())
    .option('-A, --all-namespaces', 'workloads of every namespace')
    .option('-w, --watch', 'print what changes until Ctrl-C (as JSON: a line each)')
    .addOption(output(CLUSTER_FORMATS))
    .addOption(catalogue())
    .addOption(kubeconfig())
    .action(async (named: Target | undefined, options) =>
      exit(await dependencies.status(named === undefined ? options : { ...options, target: named })),
    )
}

function addRelease(program: Command, dependencies: ProgramDependencies, exit: Exit): void {
  program
    .command('release')
    .argument('<kind/name>', 'a Deployment, StatefulSet, Job or Pod', (text: string) =>
      parseWith(target(['Deployment', 'StatefulSet', 'Job', 'Pod'], false))(text),
    )
    .description("break-glass: open kaito-native's scheduling gate on pods by hand")
    .addOption(namespace())
    .addOption(output(CLUSTER_FORMATS))
    .addOption(kubeconfig())
    .action(async (named: ReleaseOptions['target'], options) =>
      exit(await dependencies.release({ ...options, target: named })),
    )
}

function target(kinds: readonly TargetKind[], bare: boolean): (text: string) => Parsed<Target> {
  return text => parseTarget(text, kinds, bare)
}

/** The value, or commander's usage error with what would be accepted. */
function parseWith<T>(parse: (text: string) => Parsed<T>): (text: string) => T {
  return text => {
    const parsed = parse(text)
    if ('value' in parsed) return parsed.value
    throw new InvalidArgumentError(parsed.expected)
  }
}

function addServe(program: Command, dependencies: ProgramDependencies, exit: Exit): void {
  const command = program.command('serve').description('run the webhooks and the controller')
  addServeOptions(command).action(async () => exit(await dependencies.serve(givenServeFlags(command))))
}

function addDemo(program: Command, dependencies: ProgramDependencies, exit: Exit): void {
  program
    .command('demo')
    .description("the newcomer's film: one YAML, what it becomes, and the same on a real API server")
    .option('--once', 'exit by itself when the film is over', false)
    .action(async (options: { once: boolean }) => exit(await dependencies.demo(options)))
}
