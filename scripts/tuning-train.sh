#!/bin/sh
# Runs the trainer ("$@") and tells the pusher how it ended; the main container of a tuning Job. While this shell lives it
# holds the lifeline, a named pipe, open; however it dies, the kernel closes it and the pusher's wait is over.
set -eu

state=${KAITO_STATE_DIR:-}
output=$KAITO_OUTPUT_DIR
# The trainer's own mark of success, written by every KAITO image once the adapter is saved.
completed=$output/fine_tuning_completed.txt
trainer=
stopping=

explain() {
  echo "$1" >&2
  echo "$1" >"${TERMINATION_LOG:-/dev/termination-log}"
}

# The pipe comes first, then `started`: whoever sees `started` can wait for the end. What an earlier attempt in this pod
# said is removed while the pipe is held, so nobody takes it for ours.
report_start() {
  mkfifo "$state/lifeline" 2>/dev/null || [ -p "$state/lifeline" ]
  exec 9<>"$state/lifeline"
  rm -f "$state/exit-code"
  : >"$state/started"
  [ -e "$state/given-up" ] || return 0
  explain 'the pusher has given up waiting for this container to start'
  exit 1
}

report_end() {
  echo "$1" >"$state/exit-code.new"
  mv "$state/exit-code.new" "$state/exit-code"
}

# A signal ends `wait` early: what counts is the status of the trainer itself.
wait_for_trainer() {
  code=0
  wait "$trainer" || code=$?
  while kill -0 "$trainer" 2>/dev/null; do
    code=0
    wait "$trainer" || code=$?
  done
}

stop() {
  stopping=1
  [ -z "$trainer" ] || kill -TERM "$trainer" 2>/dev/null || :
}

trap stop TERM INT
[ -z "$state" ] || report_start
# On a volume that outlives the Job the mark may be that of an earlier training.
rm -f "$completed"

# No child holds the lifeline: one that is left behind must not keep the pusher waiting.
"$@" 9>&- &
trainer=$!
[ -z "$stopping" ] || stop
wait_for_trainer

if [ "$code" = 137 ]; then
  explain 'the trainer was killed (SIGKILL): most likely the container ran out of memory'
elif [ "$code" = 0 ] && [ ! -e "$completed" ]; then
  code=1
  explain "the trainer ended without $completed: TrainingArguments.output_dir must be $output"
fi
[ -z "$state" ] || report_end "$code"
exit "$code"
