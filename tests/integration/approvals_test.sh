#!/usr/bin/env bash
# Two people, the real mayflyd and mayfly: one asks, the other approves, and the login that waited comes through; denial, step-up,
# break-glass and its review; and the webhooks that tell of it.
#   approvals_test.sh FOLDER-OF-PROGRAMS
set -uo pipefail
# shellcheck source=tests/testing/checks.sh
source "$(dirname "${BASH_SOURCE[0]}")/../testing/checks.sh"
bin=$(cd "$1" && pwd)
PATH=$bin:$PATH:/usr/sbin

world=$(mktemp -d /tmp/mayfly-approvals-test-XXXXXX)
cd "$world" || exit 1
daemon=
receiver=
sshd=
finish() {
  [[ -z $daemon ]] || { kill "$daemon" && wait "$daemon"; } 2>/dev/null
  [[ -z $receiver ]] || kill "$receiver" 2>/dev/null
  [[ -z $sshd ]] || kill "$sshd" 2>/dev/null
  cd / && rm -rf "$world"
}
trap finish EXIT

# as NAME COMMAND...: with a home and a session of their own.
as() {
  local name=$1
  shift
  XDG_RUNTIME_DIR=$world/run-$name MAYFLY_CONFIG=$world/config-$name HOME=$world "$@"
}

# For whoever has keys/shell, on $ssh_port.
start_sshd() {
  mkdir sshd
  ssh-keygen -q -t ed25519 -N '' -f sshd/host
  ssh-keygen -q -t ed25519 -N '' -f keys/shell
  cp keys/shell.pub sshd/authorized_keys
  ssh_port=$(free_port)
  printf '%s\n' "ListenAddress 127.0.0.1:$ssh_port" "HostKey $world/sshd/host" "PidFile none" "StrictModes no" "UsePAM no" \
    "AuthorizedKeysFile $world/sshd/authorized_keys" >sshd/config
  [[ $(id -u) -ne 0 ]] || mkdir -p /run/sshd
  /usr/sbin/sshd -D -f "$world/sshd/config" -E "$world/sshd.log" &
  sshd=$!
  wait_until bash -c ": </dev/tcp/127.0.0.1/$ssh_port"
}

unset SSH_AUTH_SOCK
port=$(free_port)
hook_port=$(free_port)
mkdir -m 700 keys run-alice run-bob run-carol
for name in alice bob carol; do ssh-keygen -q -t ed25519 -N '' -C $name -f keys/$name; done
# A security key made of software, as OpenSSH tests with.
sk_provider=/usr/lib/openssh/regress/misc/sk-dummy/sk-dummy.so
[[ -e $sk_provider ]] || sk_provider=
mkdir -m 700 run-dora
if [[ -n $sk_provider ]]; then
  SSH_SK_PROVIDER=$sk_provider ssh-keygen -q -t ed25519-sk -N '' -C dora -f keys/dora
else
  ssh-keygen -q -t ed25519 -N '' -C dora -f keys/dora
fi
printf 'correct horse battery' >passphrase
printf '0123456789abcdef0123456789abcdef\n' >hook.secret
chmod 600 passphrase hook.secret

# --- a CA with a policy that asks others --------------------------------------------------------------------
mayflyd init --directory ca --name Test --address "127.0.0.1:$port" --passphrase file:passphrase --fast-passphrase \
  --operator carol=keys/carol.pub >/dev/null || exit 1
ca_id=$(ssh-keygen -lf ca/trust.pub | cut -d' ' -f2)
cat >ca/users.yaml <<USERS
users:
  - {name: alice, groups: [engineering, leads], keys: ["$(cat keys/alice.pub)"]}
  - {name: bob, groups: [leads], keys: ["$(cat keys/bob.pub)"]}
  - {name: carol, groups: [operators], keys: ["$(cat keys/carol.pub)"]}
  - {name: dora, groups: [leads], keys: ["$(cat keys/dora.pub)"]}
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
  - name: window
    for: {realm: people, groups: [engineering]}
    user_certificate: {hosts: {env: staging}, logins: [dba], lifetime: {default: 10m, max: 1h}}
    requires:
      approvals: [{count: 2, within: 10m, usable_for: 10m, from: {realm: people, groups: [leads, operators]}}]
  - name: office
    for: {realm: people, groups: [engineering], networks: [198.51.100.0/24, "2001:db8:7::/48"]}
    user_certificate: {hosts: {env: staging}, logins: [office], lifetime: {default: 10m, max: 1h}}
  - name: glass
    for: {realm: people, groups: [engineering]}
    user_certificate: {hosts: any, logins: [root], lifetime: {default: 10m, max: 15m}}
    requires: {reason: true}
    break_glass: true
operators:
  - {name: operators, for: {realm: people, groups: [operators]}, may: [approve, apply-policy, read-decisions, manage-users], manage_groups: any}
POLICY
cat >>ca/mayflyd.yaml <<CONFIG
proxy_protocol_from: [127.0.0.2/32]
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
for name in alice bob carol dora; do
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

# --- several must agree, and then it is good for a while ------------------------------------------------------
expect 1 "request 5 waits for 2 more" as alice mayfly login --grant window --out window --no-wait
as alice mayfly request wait 5 >wait.out 2>&1 &
waiting=$!
# She is of a group that may approve, and it is her own.
expect 3 "nobody approves their own request" as alice mayfly request approve 5
expect 0 "(1 of 2" as bob mayfly request approve 5
expect 1 "approved request 5 already" as bob mayfly request approve 5
expect 1 "request 5 waits for 1 more" as alice mayfly login --grant window --out window --no-wait
expect 0 "opens        env=staging/dba" as carol mayfly request show 5
expect 0 "request 5: approved" as carol mayfly request approve 5
wait "$waiting" || { echo "FAILED: request wait"; failures=$((failures + 1)); }
expect 0 "request 5 is approved" cat wait.out
for _ in first again; do expect 0 "by grant window" as alice mayfly login --grant window --out window --no-wait; done
expect 0 "request 5: approved" as alice mayfly request show 5
# What is not the same is another request.
expect 1 "request 6 waits" as alice mayfly login --grant window --lifetime 5m --out window --no-wait
expect 0 "cancelled" as alice mayfly request cancel 6
expect 3 "request 6 was cancelled by user:alice@people" as alice mayfly request wait 6
# An approval can be taken back.
expect 0 "request 5: denied" as bob mayfly request deny 5 --word "enough"
expect 1 "request 7 waits" as alice mayfly login --grant window --out window --no-wait
# Without a session: a security key wants a touch; any other key may stand in an agent that is forwarded.
expect 3 "signed by a session key or a security key" as bob mayfly request approve 7 --identity keys/bob
if [[ -n $sk_provider ]]; then
  eval "$(ssh-agent -P "$sk_provider" -a "$world/agent.sock")" >/dev/null
  agent=$SSH_AGENT_PID
  unset SSH_AUTH_SOCK SSH_AGENT_PID
  expect 0 "" env SSH_AUTH_SOCK="$world/agent.sock" ssh-add -q -S "$sk_provider" keys/dora
  expect 0 "user:dora@people (1 of 2" as dora env SSH_AUTH_SOCK="$world/agent.sock" mayfly request approve 7 --identity keys/dora.pub
  # On a machine without a browser: an agent that is forwarded proves who somebody is by a security key, and by nothing else.
  start_sshd
  over_ssh() { # over_ssh NAME COMMAND...
    env SSH_AUTH_SOCK="$world/agent.sock" ssh -A -F none -i keys/shell -o IdentitiesOnly=yes -o StrictHostKeyChecking=no \
      -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -p "$ssh_port" 127.0.0.1 cd "$world" '&&' env "PATH=$PATH" \
      "XDG_RUNTIME_DIR=$world/run-$1" "MAYFLY_CONFIG=$world/config-$1" "HOME=$world" "${@:2}"
  }
  expect 3 "logged in as user:dora@people" over_ssh dora mayfly login --fresh --out dora
  expect 0 "" env SSH_AUTH_SOCK="$world/agent.sock" ssh-add -q -D
  expect 0 "" env SSH_AUTH_SOCK="$world/agent.sock" ssh-add -q keys/bob
  expect 4 "only a security key" over_ssh bob mayfly login --fresh --out bob
  kill "$agent" "$sshd"
fi
expect 0 "cancelled" as alice mayfly request cancel 7

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

# --- behind a proxy that says who calls --------------------------------------------------------------------------
# A connection for each address: PROXY protocol v2, then what came. It calls from 127.0.0.2, the one that is believed.
cat >proxy.py <<'PYTHON'
import ipaddress, socket, struct, sys, threading
caller = ipaddress.ip_address(sys.argv[3])
ends = caller.packed + ipaddress.ip_address('127.0.0.1' if caller.version == 4 else '::1').packed + struct.pack('>HH', 4444, 443)
header = b'\r\n\r\n\0\r\nQUIT\n' + bytes([0x21, 0x11 if caller.version == 4 else 0x21]) + struct.pack('>H', len(ends)) + ends
def pump(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass
server = socket.create_server(('127.0.0.1', int(sys.argv[1])))
while True:
    near = server.accept()[0]
    far = socket.create_connection(('127.0.0.1', int(sys.argv[2])), source_address=('127.0.0.2', 0))
    far.sendall(header)
    for pair in ((near, far), (far, near)):
        threading.Thread(target=pump, args=pair, daemon=True).start()
PYTHON
expect 3 "not 127.0.0.1" as alice mayfly login --grant office --out office
for caller in 198.51.100.9 2001:db8:7::9 203.0.113.9; do
  proxy_port=$(free_port)
  python3 proxy.py "$proxy_port" "$port" "$caller" &
  proxy=$!
  wait_until bash -c ": </dev/tcp/127.0.0.1/$proxy_port"
  mkdir -m 700 "run-$caller"
  expect 0 "trusting" as "$caller" mayfly trust add "https://127.0.0.1:$proxy_port" --fingerprint "$ca_id" --name test
  case $caller in
    203*) expect 3 "not 203.0.113.9" as "$caller" mayfly login --identity keys/alice --grant office --out office ;;
    *) expect 0 "by grant office" as "$caller" mayfly login --identity keys/alice --grant office --out office ;;
  esac
  kill "$proxy"
  wait "$proxy" 2>/dev/null
done

# --- the policy changes, and somebody is refused again and again ------------------------------------------------
expect 0 "in force" as carol mayfly policy apply
printf 'grants:\n  - name: x\n    lifetme: 8h\n' >ca/policies/zz.yaml
expect 1 '    ^' as carol mayfly policy apply
rm ca/policies/zz.yaml
ssh-keygen -q -t ed25519 -N '' -C erin -f keys/erin
expect 0 "erin" as carol mayfly users add erin --key keys/erin.pub
expect 0 "erin" as carol mayfly users remove erin
for _ in {1..10}; do as bob mayfly login --grant root --out x >/dev/null 2>&1; done

# --- what the receiver heard --------------------------------------------------------------------------------
wait_until grep -q '"event":"review-closed"' hooks
wait_until grep -q '"event":"revocation"' hooks
wait_until grep -q '"event":"denial-burst"' hooks
for event in request-waiting request-approved request-closed break-glass review-closed policy-changed policy-refused revocation denial-burst; do
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

# --- operators by security keys alone -----------------------------------------------------------------------
expect 1 "request 8 waits" as alice mayfly login --grant root --reason "OPS-9" --out root --no-wait
sed -i 's/^\( *\)users: users.yaml/&\n\1operators_need_hardware: true/' ca/mayflyd.yaml
kill "$daemon"
wait "$daemon"
mayflyd run --config ca/mayflyd.yaml >>mayflyd.log 2>&1 &
daemon=$!
wait_until bash -c ": </dev/tcp/127.0.0.1/$port"
expect 3 "by a security key" as bob mayfly request approve 8
expect 3 "by a security key" as bob mayfly request deny 8 --word "no"
expect 3 "by a security key" as carol mayfly policy apply
expect 0 "cancelled" as alice mayfly request cancel 8

echo "$checks checks, $failures failed"
[[ $failures -eq 0 ]]
