#!/usr/bin/env bash
# mayfly and mayflyd against real peers: the certified oidc-provider and headless Chromium, by both flows and every kind of key, with keys
# that rotate and a provider that hangs; and issuers in the shapes of GitHub Actions and Kubernetes, whose tokens `jose` makes.
#   oidc_test.sh FOLDER-OF-PROGRAMS FOLDER-FOR-NODE-MODULES
set -uo pipefail
# shellcheck source=tests/testing/checks.sh
source "$(dirname "${BASH_SOURCE[0]}")/../testing/checks.sh"
bin=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
"$here/peers.sh" "$2" || { echo "oidc_test.sh: the peers cannot be fetched" >&2; exit 1; }
modules=$(cd "$2" && pwd)
PATH=$bin:$PATH:/usr/sbin
cp "$here"/*.mjs "$modules"

world=$(mktemp -d /tmp/mayfly-oidc-test-XXXXXX)
cd "$world" || exit 1
daemon=
provider=
finish() {
  [[ -z $provider ]] || { kill -CONT "$provider"; kill "$provider" && wait "$provider"; } 2>/dev/null
  [[ -z $daemon ]] || { kill "$daemon" && wait "$daemon"; } 2>/dev/null
  cd / && rm -rf "$world"
}
trap finish EXIT

# --- the provider -----------------------------------------------------------------------------------------------
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout server.key -out server.crt -days 30 \
  -subj /CN=localhost -addext subjectAltName=DNS:localhost 2>/dev/null
op_port=$(free_port)
export NODE_EXTRA_CA_CERTS=$world/server.crt
PORT=$op_port TLS_DIR=$world node "$modules/op.mjs" >op.log 2>&1 &
provider=$!
wait_until grep -q ready op.log
op=https://localhost:$op_port

# --- the CA -----------------------------------------------------------------------------------------------------
mkdir -m 700 run home
export HOME=$world/home MAYFLY_CONFIG=$world/config XDG_RUNTIME_DIR=$world/run
unset SSH_AUTH_SOCK XDG_STATE_HOME SSH_CONNECTION SSH_TTY DISPLAY WAYLAND_DISPLAY BROWSER MAYFLY_TOKEN_FILE MAYFLY_ID_TOKEN
ssh-keygen -q -t ed25519 -N '' -f operator
printf 'correct horse battery' >passphrase
chmod 600 passphrase
port=$(free_port)
mayflyd init --directory ca --name Test --address "127.0.0.1:$port" --passphrase file:passphrase --fast-passphrase \
  --operator olga=operator.pub >/dev/null || exit 1
{
  for client in mayfly mayfly-es mayfly-ed; do
    cat <<END
  - name: sso${client#mayfly}
    realm: people
    oidc:
      issuer: $op
      client_id: $client
      scopes: [email, groups, offline_access]
      username: {claim: email, strip_domain: example.org}
      groups: {claim: groups}
      keys: {roots: ../server.crt}
END
  done
  for name in moved huge slow leaky liar; do
    cat <<END
  - name: $name
    realm: pipelines
    jwt: {issuer: $op/$name, audiences: [x], bound_claims: [{claim: sub, values: [x]}], username: {name: x}, keys: {roots: ../server.crt}}
END
  done
  cat <<END
  - name: sso-device
    realm: people
    oidc:
      issuer: $op
      client_id: mayfly-device
      scopes: [email, groups]
      username: {claim: email, strip_domain: example.org}
      groups: {claim: groups}
      keys: {roots: ../server.crt}
      device_flow_without_nonce: true
  - name: unknown-roots
    realm: people
    oidc:
      issuer: $op
      client_id: mayfly-unknown
      username: {claim: email}
  - name: github
    realm: pipelines
    jwt:
      issuer: $op/github
      audiences: [mayfly-test]
      bound_claims:
        - {claim: repository_owner, values: [octo-org]}
        - {claim: sub, values: ["repo:octo-org/*:ref:refs/heads/main"]}
      username: {claim: repository, replace: {"/": "+"}}
      groups: {always: [pipelines]}
      keys: {roots: ../server.crt}
  - name: kubernetes
    realm: pods
    jwt:
      issuer: $op/kubernetes
      audiences: [mayfly-test]
      bound_claims: [{claim: /kubernetes.io/namespace, values: [builds]}]
      username: {claim: sub, strip_prefix: "system:serviceaccount:", replace: {":": "+"}}
      groups: {always: [pipelines]}
      keys: {roots: ../server.crt}
      reuse: same-key
END
} >more.yaml
sed -i '/^      max_lifetime: 7d$/r more.yaml' ca/mayflyd.yaml
rm -f ca/policies/*
cat >ca/policies/all.yaml <<'END'
grants:
  - name: engineers
    for: {realm: people, groups: [engineering]}
    user_certificate: {hosts: any, logins: ["${username}"], lifetime: {default: 8h, max: 16h}}
    default: true
  - name: operators
    for: {authenticators: [ssh-key]}
    user_certificate: {hosts: any, logins: ["${username}"], lifetime: {default: 1h, max: 1h}}
    default: true
  - name: deploy
    for: {authenticators: [github, kubernetes]}
    user_certificate: {hosts: any, logins: [deploy], lifetime: {default: 10m, max: 1h}}
    default: true
END
mayflyd run --config ca/mayflyd.yaml >mayflyd.log 2>&1 &
daemon=$!
wait_until bash -c ": </dev/tcp/127.0.0.1/$port"
mayfly trust add "https://127.0.0.1:$port" --fingerprint "$(ssh-keygen -lf ca/trust.pub | cut -d' ' -f2)" --name test >/dev/null 2>&1 || fail "trust add"
wait_until bash -c "[[ \$(grep -c 'keys are in force' mayflyd.log) -ge 6 ]]"

# --- by the browser ---------------------------------------------------------------------------------------------
cat >browser <<END
#!/bin/sh
exec node $modules/\${SIGN_IN:-sign_in.mjs} "\$1" "\${WHO:-alice}" >>$world/browser.log 2>&1
END
chmod +x browser
by_browser() { BROWSER=$world/browser timeout 60 mayfly login --fresh --out out "$@"; }
for authenticator in sso sso-es sso-ed; do
  expect 0 "opens        alice" by_browser --authenticator "$authenticator"
done
expect 0 "user:alice@people" mayfly whoami
expect 0 "engineering, sre" mayfly whoami
grep -q "You are signed in You can close this" browser.log || fail "the page at the end: $(cat browser.log)"
KEEP_CODE=$world/code expect 0 "opens        alice" by_browser --authenticator sso
: >browser.log
REUSE_CODE=$world/code expect 4 "the identity provider refused: invalid_grant" by_browser --authenticator sso
[[ $(tr '\n' ' ' <browser.log) == "400 200 " ]] || fail "an answer of another login was taken: $(cat browser.log)"
WHO=bob expect 3 "" by_browser --authenticator sso      # Nobody's group opens anything for bob.
WHO=root expect 4 "system account" by_browser --authenticator sso
WHO=-oProxyCommand expect 4 "no username" by_browser --authenticator sso
if [[ -x ${CHROMIUM:-/usr/bin/chromium} ]]; then
  SIGN_IN=browser.mjs expect 0 "opens        alice" by_browser --authenticator sso
else
  fail "no Chromium; run script/setup --tests"
fi
# Roots that are not ours: said, and nothing is sent.
expect 5 "certificate" by_browser --authenticator unknown-roots

# --- by a code on another device --------------------------------------------------------------------------------
by_device() { # by_device AUTHENTICATOR: signs in at the address that the client prints
  rm -f device.log
  timeout 60 mayfly login --fresh --no-browser --authenticator "$1" --out out >device.log 2>&1 &
  local client=$!
  wait_until grep -q "open both at once" device.log
  node "$modules/sign_in.mjs" "$(sed -n 's/.*open both at once: //p' device.log)" >>browser.log 2>&1
  wait "$client"
  local code=$?
  cat device.log
  return "$code"
}
# This provider drops the nonce there, as others do: taken only where that is configured.
expect 0 "opens        alice" by_device sso-device
expect 0 "enter the code" cat device.log
expect 4 "left the nonce out" by_device sso

# --- a sign-in that is remembered, where the kernel has a keyring --------------------------------------------------
remembered=$(by_browser --authenticator sso --remember 2>&1)
if [[ $remembered == *"there is none here"* ]]; then
  echo "SKIPPED: no kernel keyring for --remember"
else
  [[ $remembered == *"remembered in the kernel's keyring"* ]] || fail "--remember: $remembered"
  for _ in 1 2; do # The second time by the token that the first one brought.
    rm -rf run/mayfly
    expect 0 "as remembered" timeout 20 mayfly login --out out
  done
  rm -rf run/mayfly # Several at once: the provider sees each token once, and all get in.
  for one in 1 2 3; do timeout 30 mayfly login --out "out$one" >"parallel$one" 2>&1 & done
  for job in $(jobs -p); do
    [[ $job == "$provider" || $job == "$daemon" ]] || wait "$job"
  done
  [[ $(cat parallel? | grep -c "opens        alice") == 3 && $(cat parallel? | grep -c "as remembered") == 1 ]] || fail "three at once: $(cat parallel?)"
  expect 0 "engineering, sre" mayfly whoami
  [[ -s refresh-tokens ]] || fail "the provider gave no refresh token"
  if grep -rqaF -f refresh-tokens home run out ca mayflyd.log; then fail "a refresh token stands in a file"; fi
  expect 0 "logged out" mayfly logout
  expect 124 "enter the code" timeout 3 mayfly login --out out
fi

# --- keys rotate ------------------------------------------------------------------------------------------------
expect 0 "ok" curl -s --cacert server.crt "$op/test/rotate"
sleep 11 # An issuer is asked at most once in ten seconds.
expect 0 "opens        alice" by_browser --authenticator sso
expect 0 "opens        alice" by_browser --authenticator sso-ed

# --- workloads, without a flag ----------------------------------------------------------------------------------
pipeline() { # By the roots of its machine: those that the CA knows are for the CA's provider.
  env -u XDG_RUNTIME_DIR SSL_CERT_FILE="${ROOTS-server.crt}" ACTIONS_ID_TOKEN_REQUEST_URL="$op/github/token?x=1" ACTIONS_ID_TOKEN_REQUEST_TOKEN="$1" timeout 60 mayfly login
}
expect 0 "user:octo-org+octo-repo@pipelines" pipeline runner-secret
[[ -f home/.ssh/id_ed25519-cert.pub ]] || fail "no certificate where ssh looks"
expect 0 "opens        deploy" pipeline runner-secret # A token each time.
expect 5 "id-token: write" pipeline wrong
ROOTS='' expect 5 "certificate" pipeline runner-secret
# One audience that GitHub refuses ends nothing; and whoever pins the audience is asked for no other.
[[ $(sort -u asked-audiences | tr '\n' ' ') == "mayfly-test x " ]] || fail "GitHub was asked for $(sort -u asked-audiences)"
rm asked-audiences
MAYFLY_AUDIENCE=mayfly-test expect 0 "opens        deploy" pipeline runner-secret
[[ $(sort -u asked-audiences) == mayfly-test ]] || fail "in spite of MAYFLY_AUDIENCE GitHub was asked for $(sort -u asked-audiences)"
MAYFLY_AUDIENCE=sts.amazonaws.com expect 2 "no token of the audience in MAYFLY_AUDIENCE" pipeline runner-secret
curl -s --cacert server.crt "$op/kubernetes/token?audience=mayfly-test" | sed 's/.*"value":"\([^"]*\)".*/\1/' >pod-token
expect 0 "user:builds+deployer@pods" env -u XDG_RUNTIME_DIR MAYFLY_TOKEN_FILE=pod-token mayfly login
expect 0 "user:builds+deployer@pods" env -u XDG_RUNTIME_DIR MAYFLY_TOKEN_FILE=pod-token mayfly login # By the same key.
rm -r home/.local/state
expect 3 "bound to the key" env -u XDG_RUNTIME_DIR MAYFLY_TOKEN_FILE=pod-token mayfly login
curl -s --cacert server.crt "$op/kubernetes/token?audience=other" | sed 's/.*"value":"\([^"]*\)".*/\1/' >other-token
expect 4 "the token is for 'other', not for us: kubernetes takes tokens of $op/kubernetes for mayfly-test" \
  env -u XDG_RUNTIME_DIR MAYFLY_TOKEN_FILE=other-token mayfly login
printf 'e30.%s.c2ln' "$(printf '{"iss":"%s/moved","aud":"x"}' "$op" | base64 -w0 | tr '+/' '-_' | tr -d '=')" >moved-token
expect 5 "cannot reach the identity provider of moved" env -u XDG_RUNTIME_DIR MAYFLY_TOKEN_FILE=moved-token mayfly login

# --- a provider that hangs delays nobody else -------------------------------------------------------------------
# A token that names a key which nobody knows makes the CA ask; the provider accepts, and says nothing.
header=$(printf '{"alg":"RS256","kid":"unknown","typ":"JWT"}' | base64 -w0 | tr '+/' '-_' | tr -d '=')
printf '%s.%s' "$header" "$(cut -d. -f2- other-token)" >strange-token
sleep 11
kill -STOP "$provider"
for pod in {1..24}; do # More than there are threads that issue; each in a home of its own.
  mkdir "pod$pod"
  env -u XDG_RUNTIME_DIR HOME="$world/pod$pod" MAYFLY_TOKEN_FILE=strange-token timeout 30 mayfly login >>strange.log 2>&1 &
done
sleep 0.5
start=$(date +%s%N)
expect 0 "opens        olga" timeout 10 mayfly login --fresh --identity operator --out operator-out
took=$((($(date +%s%N) - start) / 1000000))
[[ $(jobs -rp | wc -l) -ge 20 ]] || fail "nobody waited for the provider: $(jobs -rp | wc -l)"
[[ $took -lt 4500 ]] || fail "an operator's login took $took ms while the provider hung"
kill -CONT "$provider"
for job in $(jobs -p); do
  [[ $job == "$provider" || $job == "$daemon" ]] || wait "$job"
done

# --- issuers that are not to be believed: the whole story in the log, and nobody else was kept waiting ------------
refused_issuer() { # refused_issuer NAME WORDS
  grep "cannot be fetched; nobody logs in by it" mayflyd.log | grep "issuer=$op$1 " | grep -qF "$2" ||
    fail "of $1 the log does not say: $2"
}
refused_issuer "" "certificate" # Of unknown roots.
refused_issuer /moved "answered 302"
refused_issuer /huge "more than 262144 bytes"
refused_issuer /slow "timed out"
refused_issuer /leaky "private"
refused_issuer /liar "the issuer 'https://id.example.com'"

# --- no token is kept -------------------------------------------------------------------------------------------
if grep -rqaF "$(cut -d. -f3 pod-token)" ca/state mayflyd.log; then fail "a token stands in the ledger or in the log"; fi

if [[ $failures -gt 0 ]]; then
  echo "$failures failures; the daemon said:"
  tail -n 40 mayflyd.log
  exit 1
fi
echo "identity providers and workloads: all as expected; an operator's login took $took ms while a provider hung"
