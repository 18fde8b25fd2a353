#!/bin/sh
# Runs in an init container, in an image that has a shell; the image with the files is mounted and needs none.
# Usage: image-copy.sh FROM TO [FILE]    copies the folder FROM (of the image mounted at /kaito/image) to TO; FILE must be in it
set -eu
from=$1
to=$2
file=${3:-}

fail() {
  echo "$1" >&2
  exit 1
}

inside=${from#/kaito/image}
[ -d "$from" ] || fail "the image has no folder $inside"
[ -z "$file" ] || [ -f "$from/$file" ] || fail "the image has no file $inside/$file"
# An init container may run again in the same pod: what a broken copy left behind must not stay.
rm -rf "$to"
mkdir -p "$to"
cp -R "$from/." "$to/"
