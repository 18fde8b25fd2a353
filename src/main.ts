#!/usr/bin/env node
// Composition root: command line → core, adapters, shells. Nobody imports it.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from './catalogue/package-root.ts'
import type { Io } from './cli/io.ts'
import { runProgram } from './cli/program.ts'

const io: Io = {
  out: text => void process.stdout.write(text),
  err: line => void process.stderr.write(`${line}\n`),
  colours: process.stdout.hasColors?.() ?? false,
}

/** A reader that goes away (`| head`) is no error of ours. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
})

const { version } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as {
  version: string
}

process.exitCode = await runProgram(process.argv.slice(2), {
  version,
  io,
  serve: async flags => (await import('./cli/run-serve.ts')).runServe(flags, version, io),
  demo: async options => (await import('./cli/demo.ts')).runDemo({ ...options, version }, io),
  status: async options => (await import('./cli/status.ts')).runStatus(options, io),
  release: async options => (await import('./cli/release.ts')).runRelease(options, io),
})
