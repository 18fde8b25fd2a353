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

# Addresses that only machines near this one reach, or none: https://www.iana.org/assignments/iana-ipv4-special-registry and
# its sister for IPv6, where 2000::/3 alone is the public Internet; and Azure's metadata server, which has a public address.
is_internal_ipv4() {
  case $1 in
    0.* | 10.* | 127.* | 169.254.* | 192.168.* | 172.1[6-9].* | 172.2[0-9].* | 172.3[01].*) ;;
    100.6[4-9].* | 100.[7-9][0-9].* | 100.1[01][0-9].* | 100.12[0-7].* | 168.63.129.16) ;;
    192.0.0.* | 192.0.2.* | 192.88.99.* | 198.1[89].* | 198.51.100.* | 203.0.113.* | 22[4-9].* | 2[3-5][0-9].*) ;;
    *.*.*.*) return 1 ;;
  esac
}

is_internal() {
  case $1 in
    127.* | ::1) [ "${DOWNLOAD_ALLOW_LOOPBACK:-}" != yes ] ;;
    ::ffff:*.*) is_internal "${1##*:}" ;;
    64:ff9b::*) is_internal_nat64 "${1#64:ff9b::}" ;;
    2001:db8:* | 2002:* | 2001::* | 2001:?:* | 2001:??:* | 2001:1??:* | 3fff::* | 3fff:?:* | 3fff:??:* | 3fff:???:*) ;;
    [23]???:*) return 1 ;;
    *:*) ;;
    *) is_internal_ipv4 "$1" ;;
  esac
}

# The last two groups are an IPv4 address (RFC 6052).
is_internal_nat64() {
  case $1 in
    *[!0-9a-f:]* | *:*:*) return 0 ;;
    *:*) high=$((0x${1%%:*})) low=$((0x${1##*:})) ;;
    *) high=0 low=$((0x${1:-0})) ;;
  esac
  is_internal_ipv4 "$((high >> 8)).$((high & 255)).$((low >> 8)).$((low & 255))"
}

# Sets `host` and `port` to those of a URL; curl and this shell must read it alike, so only what is plain is taken.
read_url() {
  case $1 in
    [Hh][Tt][Tt][Pp]://*) port=80 ;;
    [Hh][Tt][Tt][Pp][Ss]://*) port=443 ;;
    *) return 1 ;;
  esac
  authority=${1#*://}
  authority=${authority%%[/?#]*}
  case $authority in
    '' | *[!A-Za-z0-9.:_\[\]-]*) return 1 ;;
    \[*\]:*) host=${authority%:*} port=${authority##*:} ;;
    \[*\]) host=$authority ;;
    *:*) host=${authority%:*} port=${authority##*:} ;;
    *) host=$authority ;;
  esac
  host=${host#\[}
  host=${host%\]}
}

# Sets `addresses` to those of the host: all of them must be public, because anybody's name may lead anywhere.
find_addresses() {
  addresses=$(getent ahosts "$host" | while read -r address _; do echo "$address"; done | sort -u) || return 1
  for address in $addresses; do
    ! is_internal "$address" || fail "cannot download $shown: $1 is not on a public host"
  done
  [ -n "$addresses" ]
}

# To this address and no other, whatever the name leads to by now.
fetch_from() {
  case $1 in *:*) address=[$1] ;; *) address=$1 ;; esac
  curl --silent --show-error --globoff --proto '=http,https' --noproxy '*' --connect-to "::$address:$port" \
    --connect-timeout 30 --speed-limit 1 --speed-time "$stall_seconds" \
    --output "$part" --write-out '%{http_code} %{redirect_url}' -- "$2"
}

# Sets `status` and `result`. Redirects are followed by hand, each to a host that was looked at.
fetch() {
  target=$1
  redirects=0
  while :; do
    status=000
    read_url "$target" || fail "cannot download $shown: it, or where it leads to, is no http or https URL"
    find_addresses "${target%%[?#]*}" || { result=6 && return; }
    for candidate in $addresses; do
      result=0
      answer=$(fetch_from "$candidate" "$target") || result=$?
      # 7: nobody there; another address may be better.
      [ "$result" = 7 ] || break
    done
    status=${answer%% *}
    location=${answer#* }
    case $status in 30[12378]) ;; *) return ;; esac
    [ "$result" = 0 ] && [ -n "$location" ] || return 0
    redirects=$((redirects + 1))
    [ "$redirects" -le 10 ] || { result=47 && return; }
    target=$location
  done
}

# A query may hold a signature: it stays out of logs and messages.
download() {
  shown=${1%%[?#]*}
  attempt=1
  while :; do
    rm -f "$part"
    fetch "$1"
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
