#!/usr/bin/env bash
# A workload logs in by its platform's token, whose issuer's keys stand in a file: no network. The tokens are made by openssl.
#   token_test.sh FOLDER-OF-PROGRAMS
set -uo pipefail
# shellcheck source=tests/testing/checks.sh
source "$(dirname "${BASH_SOURCE[0]}")/../testing/checks.sh"
bin=$(cd "$1" && pwd)
PATH=$bin:$PATH:/usr/sbin

world=$(mktemp -d /tmp/mayfly-token-test-XXXXXX)
cd "$world" || exit 1
daemon=
finish() {
  [[ -z $daemon ]] || { kill "$daemon" && wait "$daemon"; } 2>/dev/null
  cd / && rm -rf "$world"
}
trap finish EXIT
encode() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }
# token KEYFILE CLAIMS: by RS256
token() {
  local input
  input=$(printf '{"alg":"RS256","kid":"k1","typ":"JWT"}' | encode).$(printf '%s' "$2" | encode)
  printf '%s.%s' "$input" "$(printf '%s' "$input" | openssl dgst -sha256 -sign "$1" -binary | encode)"
}
# claims AUDIENCE NAMESPACE JTI [EXPIRES-IN]: as Kubernetes writes them
claims() {
  local now
  now=$(date +%s)
  printf '{"iss":"https://kubernetes.default.svc","aud":["%s"],"sub":"system:serviceaccount:%s:deployer","iat":%s,"nbf":%s,"exp":%s,"jti":"%s","kubernetes.io":{"namespace":"%s","serviceaccount":{"name":"deployer","uid":"u"}}}' \
    "$1" "$2" "$now" "$now" "$((now + ${4:-600}))" "$3" "$2"
}

mkdir -m 700 run home
export HOME=$world/home MAYFLY_CONFIG=$world/config
unset SSH_AUTH_SOCK XDG_RUNTIME_DIR XDG_STATE_HOME MAYFLY_TOKEN_FILE MAYFLY_ID_TOKEN ACTIONS_ID_TOKEN_REQUEST_URL SSH_CONNECTION
ssh-keygen -q -t ed25519 -N '' -f operator
openssl genrsa -out issuer.pem 2048 2>/dev/null
openssl genrsa -out other.pem 2048 2>/dev/null
printf 'correct horse battery' >passphrase
chmod 600 passphrase
port=$(free_port)
mayflyd init --directory ca --name Test --address "127.0.0.1:$port" --passphrase file:passphrase --fast-passphrase \
  --operator alice=operator.pub >/dev/null || exit 1

modulus=$(openssl rsa -in issuer.pem -noout -modulus | cut -d= -f2 | sed 's/../\\x&/g')
printf '{"keys":[{"kty":"RSA","use":"sig","alg":"RS256","kid":"k1","n":"%s","e":"AQAB"}]}' \
  "$(printf '%b' "$modulus" | encode)" >ca/jwks.json
cat >more.yaml <<'END'
  - name: cluster
    realm: pods
    jwt:
      issuer: https://kubernetes.default.svc
      audiences: [mayfly]
      keys: {file: jwks.json}
      bound_claims:
        - {claim: /kubernetes.io/namespace, values: [builds]}
      username: {claim: sub, strip_prefix: "system:serviceaccount:", replace: {":": "+"}}
      groups: {always: [deployers]}
  - name: elsewhere
    realm: pods
    jwt:
      issuer: https://other.example.com
      audiences: [mayfly]
      keys: {file: jwks.json}
      bound_claims: [{claim: /kubernetes.io/namespace, values: [builds]}]
      username: {claim: sub, strip_prefix: "system:serviceaccount:", replace: {":": "+"}}
  - name: cluster-same
    realm: pods
    jwt:
      issuer: https://kubernetes.default.svc
      audiences: [mayfly-same]
      keys: {file: jwks.json}
      bound_claims:
        - {claim: /kubernetes.io/namespace, values: [builds]}
      username: {claim: sub, strip_prefix: "system:serviceaccount:", replace: {":": "+"}}
      groups: {always: [deployers]}
      reuse: same-key
END
sed -i '/^      max_lifetime: 7d$/r more.yaml' ca/mayflyd.yaml
rm -f ca/policies/*
cat >ca/policies/pods.yaml <<'END'
grants:
  - name: deploy
    for: {realm: pods, groups: [deployers]}
    user_certificate:
      hosts: any
      logins: [deploy]
      lifetime: {default: 30m, max: 4h}
    default: true
operators:
  - {name: first, for: {authenticators: [ssh-key]}, may: [read-decisions]}
END
mayflyd check --config ca/mayflyd.yaml >check.log 2>&1 || { cat check.log; exit 1; }
sed 's/{file: jwks.json}/{file: none.json}/' ca/mayflyd.yaml >ca/broken.yaml
expect 1 "cluster: " mayflyd check --config ca/broken.yaml
# What is allowed, and dangerous.
cat >warned.yaml <<'END'
  - name: sso
    realm: people
    oidc: {issuer: https://id.example.com, client_id: mayfly, username: {claim: email, unverified_email: true}}
  - name: nightly
    realm: people
    jwt: {issuer: https://ci.example.com, audiences: [x], bound_claims: [{claim: sub, values: [x]}], username: {name: nightly}}
END
sed '/^      max_lifetime: 7d$/r warned.yaml' ca/mayflyd.yaml >ca/warned.yaml
expect 0 "warning: sso: unverified_email: whoever may write addresses" mayflyd check --config ca/warned.yaml
expect 0 "warning: nightly: workloads are nightly in people, a realm of people" mayflyd check --config ca/warned.yaml
expect 0 "all of it is sound, with warnings" mayflyd check --config ca/warned.yaml
# Two for one token.
sed 's/audiences: \[mayfly-same\]/audiences: [mayfly]/' ca/mayflyd.yaml >ca/ambiguous.yaml
expect 1 'the authenticator "cluster" takes this issuer' mayflyd check --config ca/ambiguous.yaml
mayflyd run --config ca/mayflyd.yaml >mayflyd.log 2>&1 &
daemon=$!
for ((i = 0; i < 300; i++)); do
  (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
  sleep 0.1
done
mayfly trust add "https://127.0.0.1:$port" --fingerprint "$(ssh-keygen -lf ca/trust.pub | cut -d' ' -f2)" --name test >/dev/null 2>&1 || fail "trust add"

# --- a pod: no flag, no agent, no runtime folder -------------------------------------------------------------
token issuer.pem "$(claims mayfly builds one)" >pod-token
export MAYFLY_TOKEN_FILE=$world/pod-token
expect 0 "logged in as user:builds+deployer@pods" mayfly login
[[ -f home/.ssh/id_ed25519 && -f home/.ssh/id_ed25519-cert.pub ]] || fail "no certificate where ssh looks"
expect 0 'Key ID: "user:builds+deployer@pods/1"' ssh-keygen -L -f home/.ssh/id_ed25519-cert.pub
expect 0 "deploy" ssh-keygen -L -f home/.ssh/id_ed25519-cert.pub
# Used once: the same token again, by another key.
expect 3 "was used before" mayfly login
# With a runtime folder the session is kept, and speaks for the same subject.
token issuer.pem "$(claims mayfly builds two)" >pod-token
export XDG_RUNTIME_DIR=$world/run
expect 0 "opens        deploy" mayfly login
expect 0 "user:builds+deployer@pods" mayfly whoami
expect 0 "cluster (session)" mayfly whoami
expect 0 "opens        deploy" mayfly login # By the session: the token is not needed again.

# --- refused, each with its sentence --------------------------------------------------------------------------
unset XDG_RUNTIME_DIR
refused() { # refused CODE TEXT KEYFILE CLAIMS
  token "$3" "$4" >pod-token
  expect "$1" "$2" mayfly login
}
refused 4 "not authenticated" other.pem "$(claims mayfly builds three)"
refused 4 "the token is for 'grafana', not for us: cluster takes tokens of https://kubernetes.default.svc for mayfly" issuer.pem \
  "$(claims grafana builds four)"
refused 4 "expired" issuer.pem "$(claims mayfly builds five -600)"
refused 4 "'/kubernetes.io/namespace' is 'prod'" issuer.pem "$(claims mayfly prod six)"
claims=$(claims mayfly builds seven)
refused 4 "this CA takes no tokens of" issuer.pem "${claims/kubernetes.default.svc/evil.example}"
refused 3 "bound to somebody else" issuer.pem "${claims/kubernetes.default.svc/other.example.com}"
refused 4 "is no username" issuer.pem "${claims/:deployer/:d e}"
printf 'not a token' >pod-token
expect 4 "this CA takes no tokens of" mayfly login
: >pod-token
expect 6 "the file is empty" mayfly login
MAYFLY_TOKEN_FILE=$world/none expect 6 "none" mayfly login

# --- bound to one key -----------------------------------------------------------------------------------------
token issuer.pem "$(claims mayfly-same builds eight)" >pod-token
XDG_RUNTIME_DIR=$world/run expect 0 "opens" mayfly login --fresh --authenticator cluster-same
expect 3 "bound to the key of its first login" mayfly login --authenticator cluster-same

# A pod whose platform gives it the same token until it expires: each login after the first is by the same key.
token issuer.pem "$(claims mayfly-same builds twelve)" >pod-token
for _ in 1 2; do expect 0 "opens        deploy" mayfly login; done
[[ -z $(find home/.local/state/mayfly -perm /077) ]] || fail "others can read the key of a workload's login"
grep -rqF "$(cut -d. -f3 pod-token)" home && fail "the token stands in a file of ours"
token issuer.pem "$(claims mayfly-same builds thirteen)" >new-token
MAYFLY_TOKEN_FILE=$world/new-token expect 0 "opens        deploy" mayfly login # The platform has given a new one.
expect 0 "opens        deploy" mayfly login                                   # And the old one goes on.
token issuer.pem "$(claims mayfly-same builds fourteen)" >pod-token
for one in 1 2 3; do # At once: the first to come makes the key, the others find it.
  mayfly login --out "out$one" >"parallel$one" 2>&1 &
done
for job in $(jobs -p); do [[ $job == "$daemon" ]] || wait "$job"; done
[[ $(cat parallel? | grep -c "opens        deploy") == 3 ]] || fail "three logins by one token at once: $(cat parallel?)"
# Where nothing can be kept a login goes through all the same, once.
token issuer.pem "$(claims mayfly-same builds fifteen)" >pod-token
HOME=$world/passphrase/none expect 0 "opens        deploy" mayfly login --out bare-out
[[ -n $(find home/.local/state/mayfly -name 'token-*') ]] || fail "no key was kept"
expect 0 "the key of this workload's session is gone" mayfly logout
[[ -z $(find home/.local/state/mayfly -name 'token-*') ]] || fail "logout left the key of a workload's login"

# --- GitLab's variable ----------------------------------------------------------------------------------------
unset MAYFLY_TOKEN_FILE
MAYFLY_ID_TOKEN=$(token issuer.pem "$(claims mayfly builds nine)") expect 0 "MAYFLY_ID_TOKEN" mayfly login

# --- the keys rotate ------------------------------------------------------------------------------------------
modulus=$(openssl rsa -in other.pem -noout -modulus | cut -d= -f2 | sed 's/../\\x&/g')
printf '{"keys":[{"kty":"RSA","use":"sig","alg":"RS256","kid":"k1","n":"%s","e":"AQAB"}]}' \
  "$(printf '%b' "$modulus" | encode)" >ca/jwks.json
kill -HUP "$daemon"
for ((i = 0; i < 100; i++)); do
  [[ $(grep -c "policy in force" mayflyd.log) -ge 2 ]] && break
  sleep 0.1
done
sleep 0.2
export MAYFLY_TOKEN_FILE=$world/pod-token
refused 4 "not authenticated" issuer.pem "$(claims mayfly builds ten)"
token other.pem "$(claims mayfly builds eleven)" >pod-token
expect 0 "logged in" mayfly login

# --- the token itself is nowhere -------------------------------------------------------------------------------
secret=$(cut -d. -f3 pod-token)
if grep -rqaF "$secret" ca/state mayflyd.log; then fail "the token stands in the ledger or in the log"; fi

# --- each refusal is told whole in the log, and counted in the ledger ------------------------------------------
kill "$daemon" && wait "$daemon" 2>/dev/null
daemon=
for cause in bad_signature token_elsewhere token_expired token_claims wrong_name; do
  grep -q "cause=$cause detail=" mayflyd.log || fail "no refusal by $cause in the log"
  grep -qa "$cause" ca/state/ledger.db* || fail "no event of $cause in the ledger"
done

if [[ $failures -gt 0 ]]; then
  echo "$failures failures; the daemon said:"
  tail -n 40 mayflyd.log
  exit 1
fi
echo "workload tokens: all as expected"
