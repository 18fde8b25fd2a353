#!/bin/sh
# Runs in an init container, in an image with skopeo and tar, where the cluster cannot mount images.
# Usage: image-pull.sh IMAGE FOLDER TO [FILE]    the FOLDER of IMAGE goes to TO (an existing folder, or a new one); FILE must be in it
# Credentials: every file in $PULL_SECRETS, one after the other, then none. Never runs for ever: three rounds of an hour at most.
set -eu
image=$1
folder=$2
to=$3
file=${4:-}
secrets=${PULL_SECRETS:-/kaito/pull-secrets}
pause=${PULL_PAUSE_SECONDS:-10}

fail() {
  echo "$1" >&2
  exit 1
}

mkdir -p "$to"
# Beside the files, because that is the volume which was made for so much.
work=$to/.kaito-pull
trap 'rm -rf "$work"' EXIT
trap 'exit 143' TERM INT

# Everything anew: a broken run may have left anything.
clear_folder() {
  find "$to" -mindepth 1 -maxdepth 1 -exec rm -rf {} +
  mkdir -p "$work/layers" "$work/root"
}

pull_with() {
  clear_folder
  skopeo --command-timeout 1h copy --quiet --dest-decompress "$@" "docker://$image" "dir:$work/layers"
}

pull_once() {
  for secret in "$secrets"/*; do
    if [ -f "$secret" ] && pull_with --authfile "$secret"; then return 0; fi
  done
  pull_with
}

pull() {
  for round in 1 2 3; do
    [ "$round" = 1 ] || sleep "$pause"
    if pull_once; then return 0; fi
  done
  fail "$image could not be pulled: see above; private images need imagePullSecrets of type kubernetes.io/dockerconfigjson"
}

# A layer takes away what lower ones had by empty files: https://github.com/opencontainers/image-spec/blob/main/layer.md#whiteouts
apply_whiteouts() {
  tar -tf "$1" | while IFS= read -r entry; do
    case /$entry/ in */../*) fail "$image has a layer that leads out of it: $entry" ;; esac
    name=${entry##*/}
    case $entry in */*) folder_of=$work/root/${entry%/*} ;; *) folder_of=$work/root ;; esac
    case $name in
      .wh..wh..opq) find "$folder_of" -mindepth 1 -maxdepth 1 -exec rm -rf {} + 2>/dev/null || true ;;
      .wh.*) rm -rf "$folder_of/${name#.wh.}" ;;
    esac
  done
}

# One layer after the other, and each goes as soon as it is unpacked for the last time: weights are large, and an image may
# have one layer twice (BuildKit's empty one).
unpack() {
  digests=$(skopeo inspect --format '{{range .Layers}}{{println .}}{{end}}' "dir:$work/layers")
  set -- $digests
  while [ "$#" -gt 0 ]; do
    digest=$1
    shift
    layer=$work/layers/${digest#sha256:}
    apply_whiteouts "$layer"
    tar -xf "$layer" -C "$work/root" --no-same-owner
    case " $* " in *" $digest "*) ;; *) rm -f "$layer" ;; esac
  done
  find "$work/root" -name '.wh.*' -exec rm -rf {} +
}

pull
unpack
inside=/$folder
[ "$folder" != . ] || inside=
from=$work/root$inside
[ -d "$from" ] || fail "$image has no folder $inside"
[ -z "$file" ] || [ -f "$from/$file" ] || fail "$image has no file $inside/$file"
find "$from" -mindepth 1 -maxdepth 1 -exec mv -f {} "$to/" \;
