#!/usr/bin/env bash
# What the tests with real programs share, for bash to source: checks that go on after a failure and are counted, and waiting.
# They run in a folder of their own, where programs log to *.log; at its end a test says how many failed: [[ $failures -eq 0 ]].
failures=0
checks=0

fail() { # fail SENTENCE
  failures=$((failures + 1))
  printf 'FAILED: %s\n' "$*"
}
# expect CODE TEXT COMMAND...: exits with CODE and says TEXT (on either stream).
expect() {
  local code=$1 text=$2 output got
  shift 2
  output=$("$@" 2>&1)
  got=$?
  checks=$((checks + 1))
  [[ $got -eq $code && $output == *"$text"* ]] ||
    fail "$(printf '%s\n  exit %s, expected %s; expected to read: %s\n%s' "$*" "$got" "$code" "$text" "$output")"
}
wait_until() { # wait_until COMMAND...: at most 30 seconds
  local deadline=$((SECONDS + 30))
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < deadline)) || { echo "FAILED: waited in vain for: $*"; tail -n 50 ./*.log; exit 1; }
    sleep 0.05
  done
}
free_port() { # a port of the loopback that nobody listens on
  local port
  while port=$(shuf -i 20000-32000 -n 1); do (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break; done
  echo "$port"
}
