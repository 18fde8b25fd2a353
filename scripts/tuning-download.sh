#!/bin/sh
# Puts the files behind DATA_URLS into DATA_VOLUME_PATH; an init container of a tuning Job. Ends with 0 only when every
# file is whole, so the trainer never reads half of one. Names and variables: README.md.
set -euf
umask 022

attempts=${DOWNLOAD_ATTEMPTS:-5}
pause_seconds=${DOWNLOAD_PAUSE_SECONDS:-2}
stall_seconds=${DOWNLOAD_STALL_SECONDS:-60}
part=$DATA_VOLUME_PATH/.part

fail() {
  rm -f "$part"
  echo "$1" >&2
  echo "$1" >"${TERMINATION_LOG:-/dev/termination-log}"
  exit 1
}

# What the trainer recognises as data (it looks for these words anywhere in the lower-cased name).
has_data_name() {
  case $(printf %s "$1" | tr '[:upper:]' '[:lower:]') in
    *csv* | *json* | *parquet* | *arrow* | *webdataset*) ;;
    *) return 1 ;;
  esac
}

# The last segment of the path. Where only the query tells the format (?file=train.parquet) the query becomes part of it.
file_name() {
  bare=${1%%#*}
  path=${bare%%\?*}
  path=${path#*://}
  path=${path%/}
  name=${path##*/}
  case $name in "$path" | .*) name=data ;; esac
  case $bare in *\?*) query=${bare#*\?} ;; *) query= ;; esac
  if ! has_data_name "$name" && has_data_name "$query"; then
    name=${name}_$(printf %s "$query" | tail -c 200 | tr -c 'A-Za-z0-9._-' '_')
  fi
  printf %s "$name"
}

# Only what a second attempt can change is tried again: not the client errors, but for time-out and throttling.
is_final() {
  case $1 in
    408 | 425 | 429) return 1 ;;
    4??) ;;
    *) return 1 ;;
  esac
}

fetch() {
  curl --silent --show-error --globoff --location --proto '=http,https' --proto-redir '=http,https' --max-redirs 10 \
    --connect-timeout 30 --speed-limit 1 --speed-time "$stall_seconds" \
    --output "$part" --write-out '%{http_code}' -- "$1"
}

# A query may hold a signature: it stays out of logs and messages.
download() {
  shown=${1%%[?#]*}
  attempt=1
  while :; do
    rm -f "$part"
    result=0
    status=$(fetch "$1") || result=$?
    [ "$result" != 0 ] || [ "$status" != 200 ] || [ ! -s "$part" ] || break
    reason="HTTP status $status, curl exit code $result"
    [ "$result" != 0 ] || [ "$status" != 200 ] || reason='the file is empty'
    if is_final "$status"; then fail "cannot download $shown: $reason"; fi
    [ "$attempt" -lt "$attempts" ] || fail "cannot download $shown: $reason, after $attempts attempts"
    echo "$shown: $reason; trying again" >&2
    sleep "$((pause_seconds << (attempt - 1)))"
    attempt=$((attempt + 1))
  done
  mv "$part" "$DATA_VOLUME_PATH/$2"
  echo "downloaded $shown to $DATA_VOLUME_PATH/$2" >&2
}

[ -n "${DATA_URLS:-}" ] || fail 'DATA_URLS is empty: there is nothing to train on'
seen=' '
number=0
for url in $DATA_URLS; do
  number=$((number + 1))
  name=$(file_name "$url")
  # Two files of one name are both kept.
  case $seen in *" $name "*) name=$number-$name ;; esac
  seen="$seen$name "
  has_data_name "$name" || echo "$name: the trainer finds it only by DatasetConfig.dataset_path" >&2
  download "$url" "$name"
done
