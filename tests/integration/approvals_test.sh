#!/usr/bin/env bash
# Two people, the real mayflyd and mayfly: one asks, the other approves, and the login that waited comes through; denial, step-up,
# break-glass and its review; and the webhooks that tell of it.
#   approvals_test.sh FOLDER-OF-PROGRAMS
set -uo pipefail
bin=$(cd "$1" && pwd)
PATH=$bin:$PATH:/usr/sbin

world=$(mktemp -d /tmp/mayfly-approvals-test-XXXXXX)
cd "$world" || exit 1
daemon=
receiver=
failures=0
checks=0
finish() {
  [[ -z $daemon ]] || { kill "$daemon" && wait "$daemon"; } 2>/dev/null
  [[ -z $receiver ]] || kill "$receiver" 2>/dev/null
  cd / && rm -rf "$world"
}
trap finish EXIT

# expect CODE TEXT COMMAND...: exits with CODE and says TEXT (on either stream).
expect() {
  local code=$1 text=$2 output got
  shift 2
  output=$("$@" 2>&1)
  got=$?
  checks=$((checks + 1))
  if [[ $got -ne $code || $output != *"$text"* ]]; then
    failures=$((failures + 1))
    printf 'FAILED: %s\n  exit %s, expected %s; expected to read: %s\n%s\n' "$*" "$got" "$code" "$text" "$output"
  fi
}
wait_until() { # wait_until COMMAND...: at most 30 seconds
  local deadline=$((SECONDS + 30))
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < deadline)) || { echo "FAILED: waited in vain for: $*"; cat mayflyd.log; exit 1; }
    sleep 0.1
  done
}
free_port() {
  local port
  while port=$(shuf -i 20000-32000 -n 1); do (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break; done
  echo "$port"
}
# as NAME COMMAND...: with a home and a session of their own.
as() {
  local name=$1
  shift
  XDG_RUNTIME_DIR=$world/run-$name MAYFLY_CONFIG=$world/config-$name HOME=$world "$@"
}

unset SSH_AUTH_SOCK
port=$(free_port)
hook_port=$(free_port)
mkdir -m 700 keys run-alice run-bob run-carol
for name in alice bob carol; do ssh-keygen -q -t ed25519 -N '' -C $name -f keys/$name; done
printf 'correct horse battery' >passphrase
printf '0123456789abcdef0123456789abcdef\n' >hook.secret
chmod 600 passphrase hook.secret

# --- a CA with a policy that asks others --------------------------------------------------------------------
mayflyd init --directory ca --name Test --address "127.0.0.1:$port" --passphrase file:passphrase --fast-passphrase \
  --operator carol=keys/carol.pub >/dev/null || exit 1
ca_id=$(ssh-keygen -lf ca/trust.pub | cut -d' ' -f2)
cat >ca/users.yaml <<USERS
users:
  - {name: alice, groups: [engineering], keys: ["$(cat keys/alice.pub)"]}
  - {name: bob, groups: [leads], keys: ["$(cat keys/bob.pub)"]}
  - {name: carol, groups: [operators], keys: ["$(cat keys/carol.pub)"]}
USERS
rm ca/policies/*
cat >ca/policies/all.yaml <<'POLICY'
grants:
  - name: root
    for: {realm: people, groups: [engineering]}
    user_certificate: {hosts: any, logins: [root], lifetime: {default: 10m, max: 1h}}
    requires:
      reason: {pattern: "OPS-#"}
      approvals: [{from: {realm: people, groups: [leads]}, within: 10m}]
  - name: glass
    for: {realm: people, groups: [engineering]}
    user_certificate: {hosts: any, logins: [root], lifetime: {default: 10m, max: 15m}}
    requires: {reason: true}
    break_glass: true
operators:
  - {name: operators, for: {realm: people, groups: [operators]}, may: [approve, apply-policy, read-decisions]}
POLICY
cat >>ca/mayflyd.yaml <<CONFIG
webhooks:
  - {name: chat, url: "http://127.0.0.1:$hook_port/", secret_file: ../hook.secret}
CONFIG

# The receiver checks each signature with a second implementation and writes down what came.
cat >receiver.py <<'PYTHON'
import hashlib, hmac, http.server, sys
class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers['Content-Length']))
        fields = dict(part.split('=', 1) for part in self.headers['Mayfly-Signature'].split(','))
        secret = open('hook.secret', 'rb').read().rstrip(b'\n')
        good = hmac.new(secret, fields['t'].encode() + b'.' + body, hashlib.sha256).hexdigest() == fields['v1']
        with open('hooks', 'ab') as hooks:
            hooks.write((b'good ' if good else b'FORGED ') + body + b'\n')
        self.send_response(204)
        self.end_headers()
    def log_message(self, *args):
        pass
http.server.HTTPServer(('127.0.0.1', int(sys.argv[1])), Receiver).serve_forever()
PYTHON
python3 receiver.py "$hook_port" &
receiver=$!
expect 0 "webhooks: 1" mayflyd check --config ca/mayflyd.yaml
mayflyd run --config ca/mayflyd.yaml >mayflyd.log 2>&1 &
daemon=$!
wait_until bash -c ": </dev/tcp/127.0.0.1/$port"
for name in alice bob carol; do
  expect 0 "trusting" as $name mayfly trust add "https://127.0.0.1:$port" --fingerprint "$ca_id" --name test
done

# No grant is for them, but the session stands: that is what approvals are signed with.
expect 3 "no grant permits this" as bob mayfly login --identity keys/bob --out x
expect 3 "no grant permits this" as carol mayfly login --identity keys/carol --out x

# --- one asks, one approves ---------------------------------------------------------------------------------
expect 3 "OPS-#" as alice mayfly login --identity keys/alice --grant root --out out
expect 1 "granted once it is approved" as alice mayfly why --grant root --reason OPS-1
as alice mayfly login --grant root --reason "OPS-1 disk full" --out out >login.out 2>login.err &
login=$!
wait_until grep -q "request approve 1" login.err
expect 0 "request 1: waiting" as alice mayfly request show 1
expect 3 "nobody approves their own request" as alice mayfly request approve 1
expect 0 "OPS-1 disk full" as bob mayfly request list
# An operator who may approve sees it, and is not asked by this grant.
expect 0 '"may_approve": false' as carol mayfly request show 1 -o json
expect 3 "does not ask you" as carol mayfly request approve 1
expect 1 "no request 99" as bob mayfly request show 99
expect 0 "approved by  user:bob@people (1 of 1" as bob mayfly request approve 1
expect 1 "approved request 1 already" as bob mayfly request approve 1
wait "$login" || { echo "FAILED: the login that waited"; cat login.err; failures=$((failures + 1)); }
expect 0 "is approved" cat login.err
expect 0 "root" ssh-keygen -L -f out-cert.pub
expect 0 "request 1: used" as alice mayfly request show 1
# Once: the same wish waits anew, under another number.
expect 1 "request 2 waits" as alice mayfly login --grant root --reason "OPS-1 disk full" --out out --no-wait
# Approved meanwhile, the same command goes on with it.
expect 0 "" as bob mayfly request approve 2
expect 0 "certificate" as alice mayfly login --grant root --reason "OPS-1 disk full" --out out

# --- denied, cancelled --------------------------------------------------------------------------------------
as alice mayfly login --grant root --reason "OPS-3" --out denied >/dev/null 2>denied.err &
login=$!
wait_until grep -q "request approve 3" denied.err
expect 0 "not during the freeze" as bob mayfly request deny 3 --word "not during the freeze"
wait "$login"
[[ $? -eq 3 && ! -e denied ]] || { echo "FAILED: a denied login"; failures=$((failures + 1)); }
expect 0 "denied by user:bob@people: not during the freeze" cat denied.err
expect 1 "waits no longer" as bob mayfly request approve 3
expect 1 "request 4 waits" as alice mayfly login --grant root --reason "OPS-4" --out x --no-wait
expect 3 "only who asked" as bob mayfly request cancel 4
expect 0 "cancelled" as alice mayfly request cancel 4

# --- break-glass --------------------------------------------------------------------------------------------
expect 3 "needs a reason" as alice mayfly login --grant glass --out glass
expect 0 "by grant glass" as alice mayfly login --grant glass --reason "everything burns" --out glass
wait_until grep -q "break-glass" mayflyd.log
expect 0 "everything burns" as carol mayfly review list
serial=$(ssh-keygen -L -f glass-cert.pub | sed -n 's/.*Serial: //p')
expect 3 "" as alice mayfly review list
expect 2 "word" as carol mayfly review close "$serial" --word " "
expect 0 "closed" as carol mayfly review close "$serial" --word "disk replaced"
expect 0 "no review is open" as carol mayfly review list
expect 0 "disk replaced" as carol mayfly review list --all

# --- what the receiver heard --------------------------------------------------------------------------------
wait_until grep -q '"event":"review-closed"' hooks
for event in request-waiting request-approved request-closed break-glass review-closed; do
  expect 0 "good " grep "\"event\":\"$event\"" hooks
done
expect 1 "" grep FORGED hooks
# It was away for a while: what happened meanwhile comes when it is back, also over a restart.
kill "$receiver"
wait "$receiver" 2>/dev/null
expect 0 "by grant glass" as alice mayfly login --grant glass --reason "again" --out glass
kill "$daemon"
wait "$daemon"
python3 receiver.py "$hook_port" &
receiver=$!
mayflyd run --config ca/mayflyd.yaml >>mayflyd.log 2>&1 &
daemon=$!
wait_until grep -q '"reason":"again"' hooks
expect 0 "1" bash -c "grep -c '\"reason\":\"everything burns\",\|everything burns' hooks"
[[ ! $(cat mayflyd.log) =~ 0123456789abcdef ]] || { echo "FAILED: the secret is in the log"; failures=$((failures + 1)); }

# --- what was decided, decided again ------------------------------------------------------------------------
# By the set of then every answer is the same, also of what waited and of what was approved.
expect 0 " 0 answers differ" as carol mayfly policy replay --since 1h ca/policies
expect 3 "read-decisions" as alice mayfly policy replay --since 1h ca/policies
cp -r ca/policies two
sed -i 's/approvals: \[{from/approvals: [{count: 2, from/' two/all.yaml
expect 1 "now: grant root waits for approval by 2 from realm people, groups [leads]" as carol mayfly policy replay --since 1h two
expect 0 "user:alice@people" as carol mayfly policy who --recorded --principal root ca/policies

echo "$checks checks, $failures failed"
[[ $failures -eq 0 ]]
