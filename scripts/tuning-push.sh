#!/bin/sh
# Pushes the trained adapter as an image; the pusher of a tuning Job. `check` runs before the trainer and uploads an empty
# blob, so that a wrong name or secret costs no GPU hours; `push` waits for the trainer's end and then pushes. Both end,
# whatever happens to the others: with 0 or with the reason in the termination message.
set -eu
umask 022

state=$KAITO_STATE_DIR
image=$KAITO_OUTPUT_IMAGE
start_seconds=${KAITO_START_SECONDS:-1800}
attempts=${KAITO_PUSH_ATTEMPTS:-5}
pause_seconds=${KAITO_PUSH_PAUSE_SECONDS:-5}
attempt_seconds=${KAITO_PUSH_SECONDS:-1800}
work=$state/push

# Kubernetes keeps 4 KiB of a termination message.
finish() {
  echo "$2" >&2
  printf '%s\n' "$2" | head -c 4000 >"${TERMINATION_LOG:-/dev/termination-log}"
  exit "$1"
}

# The trainer is started before the pusher; this bound is for one that never comes up (no image, no GPU driver).
wait_for_start() {
  rm -f "$state/given-up"
  waited=0
  until [ -e "$state/started" ]; do
    if [ "$waited" -ge "$start_seconds" ]; then
      : >"$state/given-up"
      [ -e "$state/started" ] || finish 1 "the trainer has not started within $start_seconds s; nothing was pushed"
      break
    fi
    sleep 1
    waited=$((waited + 1))
  done
}

# Ends with the trainer, at once and for every reason: the last writer is gone. Opened for both first, as opening a pipe
# for reading alone would wait for a writer, who may be gone already.
wait_for_end() {
  exec 8<>"$state/lifeline" 7<"$state/lifeline" 8>&-
  cat <&7 >/dev/null &
  wait "$!"
  exec 7<&-
}

expect_success() {
  [ -e "$state/exit-code" ] ||
    finish 1 'the trainer was killed before it could say how it ended (out of memory?); nothing was pushed'
  read -r code <"$state/exit-code"
  [ "$code" = 0 ] || finish 1 "the trainer failed with exit code $code; nothing was pushed"
}

# Runs a command until it succeeds, each time for a limited time; its words are in $work/log.
retry() {
  attempt=1
  until timeout "$attempt_seconds" "$@" >"$work/log" 2>&1; do
    cat "$work/log" >&2
    [ "$attempt" -lt "$attempts" ] || return 1
    sleep "$((pause_seconds << (attempt - 1)))"
    attempt=$((attempt + 1))
  done
}

check() {
  repository=${image%@*}
  case ${repository##*/} in *:*) repository=${repository%:*} ;; esac
  printf '{}' >"$work/empty.json"
  cd "$work"
  retry oras blob push "$repository" empty.json ||
    finish 1 "cannot push to $repository, so nothing was trained: $(tail -n 5 "$work/log")"
}

# Links instead of copies: tar follows them, and the adapter is on the disk only once more.
make_layer() {
  mkdir "$work/data"
  for file in adapter_config.json adapter_model.safetensors; do
    [ -s "$KAITO_OUTPUT_DIR/$file" ] || finish 1 "the trainer has saved no $file in $KAITO_OUTPUT_DIR"
    ln -s "$KAITO_OUTPUT_DIR/$file" "$work/data/$file"
  done
  tar -c -h -f "$work/layer.tar" -C "$work" data
  diff_id=$(sha256sum "$work/layer.tar" | cut -d ' ' -f 1)
  gzip -9 "$work/layer.tar"
}

# The same blobs as KAITO's own pusher makes: this config and nothing more, one gzip layer, the model's name.
make_layout() {
  printf '{"rootfs":{"diff_ids":["sha256:%s"]}}' "$diff_id" >"$work/config.json"
  printf '{"$manifest":{"sh.kaito.model.name":"%s"}}' "$KAITO_MODEL_NAME" >"$work/annotations.json"
  cd "$work"
  oras push --annotation-file annotations.json --config config.json:application/vnd.oci.image.config.v1+json \
    --oci-layout layout:latest layer.tar.gz:application/vnd.oci.image.layer.v1.tar+gzip >&2
}

push() {
  retry oras cp --from-oci-layout "$work/layout:latest" "$image" ||
    finish 1 "cannot push $image after $attempts attempts: $(tail -n 5 "$work/log")"
  finish 0 "pushed $image $(sed -n 's/^Digest: //p' "$work/log")"
}

# As process 1 a shell has no default action for signals.
trap 'exit 143' TERM INT
rm -rf "$work"
mkdir -p "$work"
if [ "$1" = check ]; then
  check
else
  wait_for_start
  wait_for_end
  expect_success
  make_layer
  make_layout
  push
fi
