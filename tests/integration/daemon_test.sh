#!/usr/bin/env bash
# The real mayflyd and mayfly, by hand: what should work does, what should be refused is, each with its sentence and exit code.
#   daemon_test.sh FOLDER-OF-PROGRAMS
set -uo pipefail
# shellcheck source=tests/testing/checks.sh
source "$(dirname "${BASH_SOURCE[0]}")/../testing/checks.sh"
bin=$(cd "$1" && pwd)
PATH=$bin:$PATH:/usr/sbin

world=$(mktemp -d /tmp/mayfly-daemon-test-XXXXXX)
cd "$world" || exit 1
daemon=
agent=
finish() {
  [[ -z $daemon ]] || { kill "$daemon" && wait "$daemon"; } 2>/dev/null
  [[ -z $agent ]] || kill "$agent" 2>/dev/null
  cd / && rm -rf "$world"
}
trap finish EXIT

start_daemon() {
  mayflyd run --config ca/mayflyd.yaml >>mayflyd.log 2>&1 &
  daemon=$!
  wait_until bash -c ": </dev/tcp/127.0.0.1/$port"
}
stop_daemon() {
  kill "$daemon"
  wait "$daemon"
  local code=$?
  daemon=
  return "$code"
}
policy_count() { grep -c "policy in force" mayflyd.log; }

mkdir -m 700 run keys
export XDG_RUNTIME_DIR=$world/run MAYFLY_CONFIG=$world/config HOME=$world
unset SSH_AUTH_SOCK
for name in alice mallory other rsa1024; do
  case $name in
    rsa1024) ssh-keygen -q -t rsa -b 1024 -N '' -C $name -f keys/$name ;;
    *) ssh-keygen -q -t ed25519 -N '' -C $name -f keys/$name ;;
  esac
done
printf 'correct horse battery' >passphrase
printf 'not the passphrase at all' >wrong
chmod 600 passphrase wrong
port=$(free_port)

# --- init ---------------------------------------------------------------------------------------------------
init=(mayflyd init --directory ca --name Test --address "127.0.0.1:$port" --passphrase file:passphrase --fast-passphrase)
expect 1 "keys/nobody.pub" "${init[@]}" --operator alice=keys/nobody.pub
expect 1 "expected USER=PUBKEYFILE" "${init[@]}" --operator alice
expect 1 "bits" "${init[@]}" --operator alice=keys/rsa1024.pub
chmod 644 passphrase
expect 1 "chmod 600" "${init[@]}" --operator alice=keys/alice.pub
chmod 600 passphrase
[[ ! -e ca && ! -e ca.new ]] || { echo "FAILED: a refused init left something behind"; failures=$((failures + 1)); }
expect 0 "CA id" "${init[@]}" --operator alice=keys/alice.pub
expect 1 "never overwritten" "${init[@]}" --operator alice=keys/alice.pub
ca_id=$(ssh-keygen -lf ca/trust.pub | cut -d' ' -f2)

# --- start --------------------------------------------------------------------------------------------------
expect 0 "all of it is sound" mayflyd check --config ca/mayflyd.yaml
expect 0 "user-ca.key: SHA256:" mayflyd check --config ca/mayflyd.yaml
# Everything that is wrong, in one run.
cp -r ca wrongs
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout other.key -out other.crt -subj /CN=x -days 2 2>/dev/null
sed '/BEGIN CERTIFICATE/,$d' ca/tls.pem | cat - other.crt >wrongs/tls.pem
sed -i 's/name: "alice"/nmae: "alice"/' wrongs/users.yaml
cp wrongs/keys/host-ca.key wrongs/keys/user-ca.key
sed 's/authenticators: \[ssh-key\]/authenticators: [sso]/' ca/policies/20-people.yaml >wrongs/policies/20-people.yaml
for problem in 'did you mean "name"' "holds the key of the host-ca" "for another key" 'authenticator "sso", which is not configured'; do
  expect 1 "$problem" mayflyd check --config wrongs/mayflyd.yaml
done
cp -r ca badtls
cp wrongs/tls.pem badtls/tls.pem
expect 1 "for another key" mayflyd run --config badtls/mayflyd.yaml
sed 's#file:.*#file:../wrong"#' ca/mayflyd.yaml >ca/wrong.yaml
expect 1 "passphrase" mayflyd run --config ca/wrong.yaml
sed 's/^listen:/lisen:/' ca/mayflyd.yaml >ca/wrong.yaml
expect 1 'did you mean "listen"' mayflyd run --config ca/wrong.yaml
start_daemon
expect 1 "ledger.db" mayflyd run --config ca/mayflyd.yaml
# TLS 1.3 and nothing older.
tls13() { echo | openssl s_client -connect "127.0.0.1:$port" -tls1_3; }
wait_until tls13
if echo | openssl s_client -connect "127.0.0.1:$port" -tls1_2 >/dev/null 2>&1; then
  echo "FAILED: TLS 1.2 was taken"
  failures=$((failures + 1))
fi

# A renewed certificate is served while the daemon runs, and one that cannot be served is not.
served() { echo | openssl s_client -connect "127.0.0.1:$port" 2>/dev/null | openssl x509 -noout -serial; }
renew() { chmod 600 new.pem && mv new.pem ca/tls.pem; }
cp ca/tls.pem first.pem
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout new.key -out new.crt -subj /CN=127.0.0.1 -days 2 2>/dev/null
cat new.key new.crt >new.pem
renew
renewed=$(openssl x509 -noout -serial -in new.crt)
serves_renewed() { [[ $(served) == "$renewed" ]]; }
first=$(openssl x509 -noout -serial -in first.pem)
serves_first() { [[ $(served) == "$first" ]]; }
wait_until serves_renewed
cat other.crt new.key >new.pem
renew
wait_until grep -q "not renewed.*for another key" mayflyd.log
sleep 3 # gRPC looks for a change every second.
serves_renewed || { echo "FAILED: a pair that cannot be served took the place of a good one"; failures=$((failures + 1)); }
expect 1 "for another key" mayfly --local --socket ca/state/mayflyd.sock health
cp first.pem new.pem
renew
wait_until serves_first

# --- trust --------------------------------------------------------------------------------------------------
expect 7 "no CA is trusted" mayfly whoami
expect 7 "" mayfly trust add "127.0.0.1:$port" --fingerprint "$(ssh-keygen -lf keys/other.pub | cut -d' ' -f2)"
expect 2 "" mayfly trust add "127.0.0.1:$port" --fingerprint nonsense
expect 0 "trusting" mayfly trust add "https://127.0.0.1:$port" --fingerprint "$ca_id" --name test
expect 0 "@cert-authority" mayfly trust print --known-hosts --pattern '*.example.com'
expect 0 "ssh-ed25519" mayfly trust print --sshd

# --- login --------------------------------------------------------------------------------------------------
expect 4 "not logged in" mayfly whoami
expect 4 "not authenticated" mayfly login --identity keys/mallory --out out
expect 0 "engineers" mayfly login --identity keys/alice --out out
expect 0 "user:alice@people" mayfly whoami
expect 0 "Key ID: \"user:alice@people/1\"" ssh-keygen -L -f out-cert.pub
expect 0 "user certificate" mayfly inspect out-cert.pub
expect 1 "private key" mayfly inspect out
[[ $(stat -c %a out) == 600 ]] || { echo "FAILED: the private key is not 0600"; failures=$((failures + 1)); }
expect 3 "no login root" mayfly login --login root --out out
expect 3 "" mayfly login --lifetime 100h --out out
expect 2 "not a duration" mayfly login --lifetime 0 --out out
expect 2 "lifetime" mayfly login --lifetime 0s --out out
expect 3 "" mayfly login --extension permit-X11-forwarding --out out
expect 3 "enrolled as a credential" mayfly login --key keys/alice
expect 0 "other-cert.pub" mayfly login --key keys/other
expect 3 "" mayfly login --key keys/rsa1024
expect 6 "not written by mayfly" mayfly login --out keys/mallory
expect 2 "did you mean: mayfly login" mayfly logn
expect 0 '"granted": true' mayfly why -o json
expect 1 "refused by" mayfly why --login root
expect 0 "user:alice@people" mayfly certificates list
expect 0 "commitment" mayfly certificates show 1
expect 0 "identity.subject" mayfly certificates show 1
expect 0 "mayfly why" mayfly certificates show 1
expect 2 "--pattern" mayfly ssh-config
expect 0 "Match host *.example.com,db exec" mayfly ssh-config --pattern '*.example.com' --pattern db --login
expect 1 "no certificate" mayfly certificates show 99999
# What was certified is never a credential.
expect 4 "" mayfly login --fresh --identity keys/other --out out

# --- agent --------------------------------------------------------------------------------------------------
eval "$(ssh-agent -s -a "$world/agent")" >/dev/null
agent=$SSH_AGENT_PID
expect 0 "your ssh-agent" mayfly login
expect 0 "your ssh-agent" mayfly login
expect 0 "nothing to do" mayfly login --if-needed
[[ $(ssh-add -l | wc -l) -eq 1 ]] || { echo "FAILED: stale certificates stay in the agent"; failures=$((failures + 1)); }
expect 0 "session of user:alice@people" mayfly status

# --- hosts --------------------------------------------------------------------------------------------------
make_host() { # make_host NAME: keys and configuration of an sshd
  mkdir -p "$1/sshd_config.d"
  ssh-keygen -q -t ed25519 -N '' -C host -f "$1/ssh_host_ed25519_key"
  printf 'Include %s/sshd_config.d/*.conf\nHostKey %s/ssh_host_ed25519_key\nPidFile none\n' "$world/$1" "$world/$1" >"$1/sshd_config"
}
enroll=(mayfly host enroll --no-reload)
make_host web1
make_host web2
[[ $(id -u) -ne 0 ]] || mkdir -p /run/sshd
mayfly token create --quiet --name web1 --label role=web >t1 && chmod 600 t1
mayfly token create --quiet --name web1 >t2 && chmod 600 t2
mayfly token create --quiet --name web2 --ttl 1s >t3 && chmod 600 t3
host() { "${enroll[@]}" --token-file "$1" --hostname "$2" --sshd-config "$3/sshd_config" --directory "$3"; }
expect 4 "not authenticated" host t1 web9 web1
[[ ! -e web1/mayfly && ! -e web1/ssh_host_ed25519_key-cert.pub ]] || { echo "FAILED: a refused host wrote files"; failures=$((failures + 1)); }
expect 0 "host:web1@hosts" host t1 web1 web1
expect 0 "host:web1@hosts" host t1 web1 web1 # The same host may repeat the call.
expect 3 "" host t1 web1 web2                # Another may not: the token is spent.
expect 3 "" host t2 web1 web2                # Nor by another token: the name is taken.
sleep 1.1
expect 4 "not authenticated" host t3 web2 web2
expect 0 "nothing to do" mayfly host renew --if-needed --no-reload --directory web1
expect 0 "host:web1@hosts" mayfly host renew --no-reload --directory web1
expect 6 "not enrolled" mayfly host renew --no-reload --directory web2
expect 0 "root" cat web1/auth_principals/root
expect 0 "host certificate" mayfly inspect web1/ssh_host_ed25519_key-cert.pub
mayfly token create --name web2 --quiet >t4 && chmod 600 t4
echo "AuthorizedPrincipalsFile /etc/other/%u" >>web2/sshd_config
expect 6 "/etc/other/%u" host t4 web2 web2
expect 6 "--adopt" host t4 web2 web2
head -c 40 t1 >broken && chmod 600 broken
expect 2 "not a join token" host broken web1 web1

# --- policies as code ---------------------------------------------------------------------------------------
cp -r ca/policies new
expect 0 "0 answers differ" mayfly policy replay --since 1h new
expect 0 "0 answers differ" mayfly --local --socket ca/state/mayflyd.sock policy replay new
sed -i 's/groups: \[engineering\]/groups: [nobody]/' new/20-people.yaml
expect 1 "was: granted by grant engineers: [alice]" mayfly policy replay --since 1h new
expect 1 "now: refused by default deny" mayfly policy replay --since 1h new
expect 1 '"request_id"' mayfly policy replay -o json new
expect 2 "--since soon" mayfly policy replay --since soon new
expect 0 "user:alice@people" mayfly policy who --principal alice --recorded ca/policies
expect 1 "gained" mayfly policy diff new ca/policies
expect 0 "alice" mayfly policy who --principal alice --mayflyd-config ca/mayflyd.yaml ca/policies
expect 0 "well-formed" mayfly policy check --mayflyd-config ca/mayflyd.yaml ca/policies

# --- policy -------------------------------------------------------------------------------------------------
before=$(policy_count)
printf 'grants:\n  - name: x\n    lifetme: 8h\n' >ca/policies/90-bad.yaml
expect 1 'unknown field' mayfly policy apply
kill -HUP "$daemon"
wait_until grep -q "policy refused" mayflyd.log
expect 0 "engineers" mayfly why
rm ca/policies/90-bad.yaml
mv ca/policies/10-ceilings.yaml kept.yaml
expect 1 "--allow-widening" mayfly policy apply
mv kept.yaml ca/policies/10-ceilings.yaml
sed -i 's/default: 8h, max: 16h/default: 1h, max: 2h/' ca/policies/20-people.yaml
[[ $(policy_count) -eq $before ]] || { echo "FAILED: the policy changed because files did"; failures=$((failures + 1)); }
expect 0 "is in force" mayfly policy apply
expect 3 "2h" mayfly login --grant engineers --lifetime 4h --out out

# --- the local socket ---------------------------------------------------------------------------------------
expect 0 "@local" mayfly --local --socket ca/state/mayflyd.sock whoami
expect 0 "user:alice@people" mayfly --local --socket ca/state/mayflyd.sock certificates list --all

# --- restart: sessions, ledger and serials live on ----------------------------------------------------------
newest=$(mayfly certificates list -o json | grep -o '"serial": *"[0-9]*"' | head -n 1 | tr -dc '0-9')
stop_daemon || { echo "FAILED: the daemon did not stop cleanly"; failures=$((failures + 1)); }
expect 5 "" mayfly whoami
start_daemon
expect 0 "user:alice@people" mayfly whoami
expect 0 "certificate" mayfly login --out out
now=$(ssh-keygen -L -f out-cert.pub | awk '/Serial:/ {print $2}')
[[ $now -gt $newest ]] || { echo "FAILED: serial $now after $newest"; failures=$((failures + 1)); }

# --- moving house: a user CA that ssh-keygen made is adopted, and signs from the next start on --------------------
ssh-keygen -q -t ed25519 -N 'old secret' -C 'our old CA' -f keys/old_ca
printf 'old secret' >old_passphrase && chmod 600 old_passphrase
expect 0 "" mayfly-import-key --role user-ca --in keys/old_ca --in-passphrase file:old_passphrase --out adopted.key --passphrase file:passphrase
stop_daemon || { echo "FAILED: the daemon did not stop cleanly"; failures=$((failures + 1)); }
mv ca/keys/user-ca.key user-ca.made
mv adopted.key ca/keys/user-ca.key
start_daemon
expect 0 "" mayfly trust refresh
expect 0 "$(cut -d' ' -f2 keys/old_ca.pub)" mayfly trust print --sshd
expect 0 "certificate" mayfly login --out adopted
old_ca=$(ssh-keygen -lf keys/old_ca.pub | cut -d' ' -f2)
expect 0 "$old_ca" ssh-keygen -L -f adopted-cert.pub

# --- users: who has left is refused ----------------------------------------------------------------------------
cp ca/users.yaml users.kept
sed -i 's/name: "alice"/name: "bob"/' ca/users.yaml
kill -HUP "$daemon"
wait_until grep -q "users in force" mayflyd.log
expect 4 "not authenticated" mayfly whoami
cp users.kept ca/users.yaml

# --- logout -------------------------------------------------------------------------------------------------
kill -HUP "$daemon"
users_twice() { [[ $(grep -c "users in force" mayflyd.log) -ge 2 ]]; }
wait_until users_twice
expect 0 "logged out" mayfly logout
expect 4 "not logged in" mayfly whoami
expect 1 "no session" mayfly status

# --- no secret anywhere ---------------------------------------------------------------------------------------
if grep -qF -f <(cat passphrase; echo; cut -c 16-80 t1) mayflyd.log; then
  echo "FAILED: a secret stands in the log"
  failures=$((failures + 1))
fi
grep -qF "$(cut -c 60-100 t1)" -a ca/state/ledger.db* && { echo "FAILED: a join token stands in the ledger"; failures=$((failures + 1)); }

echo "$checks checks, $failures failures"
[[ $failures -eq 0 ]]
