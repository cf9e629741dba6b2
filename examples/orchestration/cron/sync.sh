#!/bin/sh
# One read of one Klaviyo account into one Singer target: sync.sh FOLDER
#
# FOLDER holds config.json (the tap's), target.json (the target's) and, if streams are chosen, catalog.json. The state
# and the logs are kept there too: a folder is all that there is to an account.
#
#   TAP, TARGET   the two programs: on the PATH, or whole paths   (tap-klaviyo-v2, target-jsonl)
#   CATALOG       the whole path of another catalog, for once     (FOLDER/catalog.json)
#   KEEP_LOGS     days                                            (30)
#
# Exit codes: those of the tap (0 complete, 1 a fault, 2 a person must act, 3 again later, 128 + n a signal); 1 if the
# target failed or the state cannot be kept; 75 if another run of this folder goes on; 64 if this is called wrongly.
set -u
umask 077

TAP=${TAP:-tap-klaviyo-v2}
TARGET=${TARGET:-target-jsonl}

# cron mails what is printed: only what somebody should read.
say() { printf 'sync.sh %s: %s\n' "$account" "$1" >&2; }
note() { printf '%s %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$1" >>"$log"; }
fail() { say "$2"; exit "$1"; }

account=${1-}
[ $# -eq 1 ] && cd "$account" 2>/dev/null || fail 64 'give one folder, with config.json and target.json in it'
for file in config.json target.json; do
  [ -r "$file" ] || fail 64 "$file is not there, or may not be read"
done
for program in "$TAP" "$TARGET" flock mkfifo; do
  command -v "$program" >/dev/null || fail 64 "$program is not on the PATH: install it, or set TAP and TARGET"
done
mkdir -p logs
log=logs/$(date -u +%Y-%m-%d).log

# The lock is the kernel's: it goes when the last holder does, by whatever death. Tap and target hold it as well, so
# that they finish in peace where only this script was killed.
exec 9>sync.lock
flock -n 9 || fail 75 'another run of this account goes on, so this one ends'

# The last line that is whole: begun, closed and followed by a line end. A line that a crash cut short is none.
last_state() {
  [ -f "$1" ] || return 0
  { tr -d '\000' <"$1"; echo .; } | LC_ALL=C grep '^{.*}$' | tail -n 1
}

# A state is moved into place in one step, and after the rows that it covers are on the disk as well.
keep_state() {
  last_state states.jsonl >state.next || return 1
  if [ -s state.next ]; then
    sync && mv state.next state.json || return 1
  fi
  rm -f state.next states.jsonl
}

# What a run that crashed, or lost this script, has left.
keep_state || fail 1 'the state cannot be kept: see that the folder can be written and the disk is not full'

catalog=${CATALOG:-catalog.json}
set -- --config config.json
if [ -n "${CATALOG:-}" ] || [ -f "$catalog" ]; then
  set -- "$@" --catalog "$catalog"
fi
if [ -f state.json ]; then
  set -- "$@" --state state.json
fi

rm -f sync.pipe && mkfifo sync.pipe || fail 1 'a pipe cannot be made in the folder'
note "begins$([ -f state.json ] || echo ', without a state')"
before=$(wc -c <"$log")
"$TARGET" --config target.json <sync.pipe >>states.jsonl 2>>"$log" &
target=$!
"$TAP" "$@" >sync.pipe 2>>"$log" &
tap=$!

# The tap ends within seconds, with a state; the target then has all there is and ends as well.
stopped=
stop() {
  stopped=$1
  kill -TERM "$tap" 2>/dev/null
}
trap 'stop TERM' TERM
trap 'stop INT' INT
trap 'stop HUP' HUP

# A signal ends `wait` too, before the one that is waited for. Of one that was killed, shells say so.
ended() {
  while :; do
    wait "$1" 2>/dev/null
    code=$?
    kill -0 "$1" 2>/dev/null || return $code
  done
}
ended "$tap"
tap_code=$?
ended "$target"
target_code=$?
rm -f sync.pipe

keep_state || fail 1 'the state cannot be kept: see that the folder can be written and the disk is not full'
note "ends: tap $tap_code, target $target_code${stopped:+, stopped by $stopped}"
find logs -name '*.log' -mtime "+${KEEP_LOGS:-30}" -exec rm -f {} +

said() { tail -c "+$((before + 1))" "$log" | grep CRITICAL | tail -n 1; }
if [ "$target_code" -ne 0 ] && [ -z "$stopped" ]; then
  fail 1 "the target failed with $target_code: see $PWD/$log"
fi
case $tap_code in
  0) touch complete ;;
  # The next run goes on where this one stopped, so one of them is no news, but a day of them is.
  3)
    [ -n "$(find . -name complete -mtime -1)" ] ||
      say "no run has been complete for a day: $(said)"
    ;;
  *) [ -n "$stopped" ] || say "the tap ended with $tap_code. $(said)" ;;
esac
exit "$tap_code"
