#!/usr/bin/env bash
# Who is asking, with the real programs: users enrolled by calls, names of realms, client certificates, and clouds whose metadata service runs here.
#   hosts_identity_test.sh FOLDER-OF-PROGRAMS
set -uo pipefail
# shellcheck source=tests/testing/checks.sh
source "$(dirname "${BASH_SOURCE[0]}")/../testing/checks.sh"
bin=$(cd "$1" && pwd)
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
PATH=$bin:$PATH:/usr/sbin

world=$(mktemp -d /tmp/mayfly-identity-test-XXXXXX)
cd "$world" || exit 1
daemon=
metadata=
finish() {
  [[ -z $metadata ]] || kill "$metadata" 2>/dev/null
  [[ -z $daemon ]] || { kill "$daemon" && wait "$daemon"; } 2>/dev/null
  cd / && rm -rf "$world"
}
trap finish EXIT

logged() { # logged TEXT: mayflyd's log has it
  checks=$((checks + 1))
  grep -qF -- "$1" mayflyd.log || { failures=$((failures + 1)); echo "FAILED: not in the log: $1"; tail -n 3 mayflyd.log; }
}
start_daemon() {
  mayflyd run --config ca/mayflyd.yaml >>mayflyd.log 2>&1 &
  daemon=$!
  wait_until bash -c ": </dev/tcp/127.0.0.1/$port"
}
stop_daemon() {
  kill "$daemon"
  wait "$daemon"
  daemon=
}

mkdir -m 700 run keys
export XDG_RUNTIME_DIR=$world/run MAYFLY_CONFIG=$world/config HOME=$world
unset SSH_AUTH_SOCK
for name in alice bob carol dave eve frank gina henry; do ssh-keygen -q -t ed25519 -N '' -C "$name" -f keys/$name; done
ssh-keygen -q -t rsa -b 1024 -N '' -C weak -f keys/weak
printf 'correct horse battery' >passphrase
chmod 600 passphrase
port=$(free_port)
mayflyd init --directory ca --name Test --address "127.0.0.1:$port" --passphrase file:passphrase --fast-passphrase --operator alice=keys/alice.pub >/dev/null || exit 1
ca_id=$(ssh-keygen -lf ca/trust.pub | cut -d' ' -f2)

# --- CAs of the tests' own ------------------------------------------------------------------------------------
quiet() { "$@" >/dev/null 2>&1; }
make_ca() { # make_ca NAME
  quiet openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" -out "$1.pem" -days 30 -subj "/CN=$1" -addext keyUsage=critical,keyCertSign,cRLSign
}
issue() { # issue CA NAME ec|rsa EXTENSIONS
  local key=(ec -pkeyopt ec_paramgen_curve:P-256)
  [[ $3 == ec ]] || key=(rsa:2048)
  quiet openssl req -newkey "${key[@]}" -nodes -keyout "$2.key" -out "$2.csr" -subj "/CN=$2"
  printf '%s\n' "$4" >"$2.ext"
  quiet openssl x509 -req -in "$2.csr" -CA "$1.pem" -CAkey "$1.key" -CAcreateserial -days 10 -extfile "$2.ext" -out "$2.pem"
  chmod 600 "$2.key"
}
make_ca fleet
make_ca other
issue fleet web1 ec $'subjectAltName=URI:spiffe://example.org/host/web1\nextendedKeyUsage=clientAuth'
issue fleet web2 ec $'subjectAltName=URI:spiffe://example.org/host/web2\nextendedKeyUsage=clientAuth'
issue fleet erin ec $'subjectAltName=URI:urn:example:person/erin\nextendedKeyUsage=clientAuth'
issue fleet root ec $'subjectAltName=URI:urn:example:person/root\nextendedKeyUsage=clientAuth'
issue fleet both ec $'subjectAltName=URI:spiffe://example.org/host/a,URI:spiffe://example.org/host/b\nextendedKeyUsage=clientAuth'
issue other forged ec $'subjectAltName=URI:spiffe://example.org/host/web3\nextendedKeyUsage=clientAuth'
quiet openssl req -x509 -newkey rsa:2048 -nodes -keyout aws.key -out aws.pem -days 30 -subj /CN=ec2.amazonaws.com
make_ca azure
issue azure attested rsa $'subjectAltName=DNS:westeurope.metadata.azure.com\nextendedKeyUsage=serverAuth'
touch index.txt && echo 01 >crlnumber
cat >crl.conf <<END
[ca]
default_ca = fleet
[fleet]
database = $world/index.txt
crlnumber = $world/crlnumber
default_md = sha256
default_crl_days = 5
END
make_crl() { quiet openssl ca -gencrl -config crl.conf -keyfile fleet.key -cert fleet.pem -out fleet.crl; }
make_crl

encode() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }
# token CLAIMS: by RS256, with the key of all issuers of this test
token() {
  local input
  input=$(printf '{"alg":"RS256","kid":"k1","typ":"JWT"}' | encode).$(printf '%s' "$1" | encode)
  printf '%s.%s' "$input" "$(printf '%s' "$input" | openssl dgst -sha256 -sign issuer.pem -binary | encode)"
}
openssl genrsa -out issuer.pem 2048 2>/dev/null
printf '{"keys":[{"kty":"RSA","use":"sig","alg":"RS256","kid":"k1","n":"%s","e":"AQAB"}]}' \
  "$(printf '%b' "$(openssl rsa -in issuer.pem -noout -modulus | cut -d= -f2 | sed 's/../\\x&/g')" | encode)" >jwks.json

# --- configuration ----------------------------------------------------------------------------------------------
python3 - ca/mayflyd.yaml <<'END'
import sys
path = sys.argv[1]
text = open(path).read()
added = """authenticators:
  - name: ci-one
    realm: people
    jwt:
      issuer: https://one.example.com
      audiences: [mayfly]
      keys: {file: ../jwks.json}
      bound_claims: [{claim: sub, values: [deploys]}]
      username: {name: deploy}
  - name: ci-two
    realm: people
    jwt:
      issuer: https://two.example.com
      audiences: [mayfly]
      keys: {file: ../jwks.json}
      bound_claims: [{claim: sub, values: [deploys]}]
      username: {name: deploy}
  - {name: spare, realm: people, ssh_key: {users: spare.yaml}}
  - name: fleet
    realm: hosts
    mtls:
      roots: ../fleet.pem
      crl: ../fleet.crl
      identities:
        - spiffe: spiffe://example.org/host/${name}
          name: ${name}
          labels: {role: web}
  - name: badges
    realm: people
    mtls:
      roots: ../fleet.pem
      identities:
        - {uri: "urn:example:person/${name}", subject: user, name: "${name}", groups: [engineering]}
  - name: aws
    realm: hosts
    aws: {certificates: ../aws.pem, accounts: ["123456789012"], regions: [eu-west-1], max_age: 30m}
  - name: gcp
    realm: hosts
    gcp: {projects: [my-project], zones: ["us-central1-*"], names: ["${name}"], keys: {file: ../jwks.json}}
  - name: azure-identity
    realm: hosts
    azure_identity:
      tenant: 72f988bf-86f1-41af-91ab-2d7cd011db47
      audience: api://mayfly
      subscriptions: [8D10DA13-8125-4BA9-A717-BF7490507B3D]
      names: ["${name}"]
      keys: {file: ../jwks.json}
  - name: azure
    realm: hosts
    azure: {roots: ../azure.pem, subscriptions: [8d10da13-8125-4ba9-a717-bf7490507b3d], reenroll: true}
"""
assert 'authenticators:\n' in text
text = text.replace('authenticators:\n', '@@', 1)
first, rest = text.split('@@')
lines = rest.split('\n')
end = next((i for i, line in enumerate(lines) if line and line[0] not in ' -#'), len(lines))
rest = '\n'.join(lines[:end]).rstrip('\n') + '\n' + added.split('\n', 1)[1] + '\n'.join(lines[end:])
open(path, 'w').write(first + 'authenticators:\n' + rest)
END
echo 'users: []' >ca/spare.yaml
cat >ca/policies/30-hosts.yaml <<'END'
operators:
  - {name: leads, for: {realm: people, groups: [leads]}, may: [manage-users], manage_groups: [engineering]}
grants:
  - name: fleet-hosts
    for: {authenticators: [fleet], labels: {role: web}}
    host_certificate: {principals: ["${hostname}"], lifetime: {default: 7d, max: 30d}}
  - name: cloud-hosts
    for: {authenticators: [aws, gcp, azure, azure-identity]}
    host_certificate: {principals: ["${hostname}"], lifetime: {default: 7d, max: 30d}}
END
expect 0 "is sound" mayflyd check --config ca/mayflyd.yaml
start_daemon
expect 0 "trusting" mayfly trust add "https://127.0.0.1:$port" --fingerprint "$ca_id" --name test

# --- how the CA sees one --------------------------------------------------------------------------------------
expect 0 "user:alice@people" mayfly login --dry-run --identity keys/alice
expect 4 "not logged in" mayfly whoami
expect 0 "engineers" mayfly login --identity keys/alice --out out
expect 0 "kept in software" mayfly whoami
expect 0 "ssh-key as alice" mayfly whoami
expect 0 '"hardware": false' mayfly whoami -o json
expect 0 "a dry run" mayfly login --dry-run
expect 2 "leave them out" mayfly login --remember --identity keys/alice --out out
expect 2 "leave them out" mayfly login --no-browser --tls-cert x.pem --tls-key x.key
expect 4 "not authenticated" mayfly login --authenticator nobody --identity keys/alice --out out
expect 1 "refused by" mayfly login --dry-run --login root

# --- users by call --------------------------------------------------------------------------------------------
expect 4 "not authenticated" mayfly login --fresh --identity keys/bob --out bobs
expect 0 "enrolled user:bob@people" mayfly users add bob --key keys/bob.pub --group engineering
expect 3 "bob is enrolled already" mayfly users add bob --key keys/carol.pub
expect 3 "alice stands in the users file" mayfly users add alice --key keys/carol.pub
expect 3 "enrolled already, as a key of bob" mayfly users add eve --key keys/bob.pub
# Of one realm it is the same person, whichever authenticator has the key.
expect 3 "alice is enrolled already, for ssh-key" mayfly users add alice --authenticator spare --key keys/eve.pub
expect 2 "system account" mayfly users add root --key keys/eve.pub
expect 2 "not a user name" mayfly users add --key keys/eve.pub -- -oProxyCommand
expect 2 "not a user name" mayfly users add "аlice" --key keys/eve.pub # A Cyrillic a.
expect 2 "not a user name" mayfly users add "$(printf 'a%.0s' {1..300})" --key keys/eve.pub
expect 2 "bits" mayfly users add weak --key keys/weak.pub
expect 0 "by user:alice@people" mayfly users list
expect 0 '"source": "file"' mayfly users list -o json
expect 1 "users file" mayfly users remove alice

# A team: every line that is wrong is said, and nobody is enrolled.
{ echo '# the team'; cat keys/carol.pub; echo "command=\"id\" $(cat keys/dave.pub)"; cat keys/weak.pub keys/carol.pub; echo nonsense; } >team
expect 2 "team:3: the options 'command=" mayfly users import team --group engineering
expect 2 "team:4:" mayfly users import team --group engineering
expect 2 "team:5: the key stands on line 2 already" mayfly users import team --group engineering
expect 2 "4 lines cannot be enrolled; nobody was" mayfly users import team --group engineering
cat keys/carol.pub keys/dave.pub >team
expect 0 "would enroll user:carol@people" mayfly users import team --group engineering --dry-run
expect 4 "not authenticated" mayfly login --fresh --identity keys/carol --out carols
expect 0 "enrolled user:dave@people" mayfly users import - --group engineering <team
# Each speaks for itself, from a folder of its own.
as() {
  local runtime=$world/run.$1
  shift
  [[ -d $runtime ]] || mkdir -m 700 "$runtime"
  XDG_RUNTIME_DIR=$runtime "$@"
}
expect 0 "engineers" as carol mayfly login --identity keys/carol --out carols
expect 0 "user:carol@people" as carol mayfly whoami
expect 3 "manage-users" as carol mayfly users list
expect 3 "manage-users" as carol mayfly users add eve --key keys/eve.pub
expect 3 "certified or accepted" mayfly users add eve --key carols.pub

# Whoever is removed has no login and no session; whoever is enrolled twice goes by the file.
expect 0 "removed user:carol@people" mayfly users remove carol
expect 4 "not authenticated" as carol mayfly whoami
expect 1 "nobody was enrolled as carol" mayfly users remove carol
# Nor do they come back with whoever is enrolled by the same key.
expect 0 "enrolled user:carol@people" mayfly users add carol --key keys/carol.pub --group engineering
expect 4 "not authenticated" as carol mayfly whoami
expect 0 "removed user:carol@people" mayfly users remove carol
cp ca/users.yaml users.kept
for name in yara zoe; do ssh-keygen -q -t ed25519 -N '' -f "keys/$name"; done
printf '  - {name: bob, keys: ["%s"]}\n  - {name: zoe, groups: [engineering], keys: ["%s"]}\n' "$(cat keys/eve.pub)" "$(cat keys/zoe.pub)" >>ca/users.yaml
kill -HUP "$daemon"
wait_until grep -q "who is enrolled twice goes by the users file" mayflyd.log
logged "bob stands in the users file and is enrolled by a call"
expect 0 "user:zoe@people" as zoe mayfly login --identity keys/zoe --dry-run
expect 0 "would enroll user:yara@people" mayfly users add yara --key keys/yara.pub --dry-run
# So does a restart, which says so too, and the hint can be followed.
stop_daemon
start_daemon
expect 1 "mayfly users remove bob" mayfly --local --socket ca/state/mayflyd.sock health
expect 0 "removed user:bob@people" mayfly users remove bob
kill -HUP "$daemon"
wait_until mayfly health
expect 1 "users file" mayfly users remove bob
cp users.kept ca/users.yaml
kill -HUP "$daemon"
bob_is_gone() { list=$(mayfly users list) && [[ $list != *bob* ]]; }
wait_until bob_is_gone

# Who manages one group makes nobody an operator, and takes no operator out.
logged "bob in [engineering]"
expect 0 "enrolled user:frank@people" mayfly users add frank --key keys/frank.pub --group engineering --group leads
expect 0 "enrolled user:gina@people" mayfly users add gina --key keys/gina.pub --group operators
expect 0 "engineers" as frank mayfly login --identity keys/frank --out franks
for group in operators leads; do
  expect 3 "no operator rule lets user:frank@people manage the group $group" as frank mayfly users add henry --key keys/henry.pub --group engineering --group $group
done
expect 3 "manage the group operators" as frank mayfly users add henry --key keys/henry.pub --group operators --dry-run
expect 3 "manage the group operators" as frank mayfly users remove gina
expect 3 "manage_groups: any" as frank mayfly users release gina
expect 3 "users of spare are changed by operators with manage_groups: any" as frank mayfly users add henry --authenticator spare --key keys/henry.pub
expect 0 "enrolled user:henry@people" as frank mayfly users add henry --key keys/henry.pub --group engineering
logged "henry in [engineering]"
expect 0 "by user:frank@people" mayfly users list
expect 0 "removed user:henry@people" as frank mayfly users remove henry
logged "user removed by a call"
for name in frank gina; do expect 0 "removed user:$name@people" mayfly users remove $name; done

# --- names of a realm -----------------------------------------------------------------------------------------
# What two platforms call by one name is not the same.
workload() { # workload ISSUER ARGUMENTS...
  local now
  now=$(date +%s)
  token "{\"iss\":\"https://$1\",\"aud\":\"mayfly\",\"sub\":\"deploys\",\"iat\":$now,\"exp\":$((now + 600)),\"jti\":\"$RANDOM$RANDOM\"}" >workload-token
  MAYFLY_TOKEN_FILE=$world/workload-token as "$1" mayfly "${@:2}"
}
expect 3 "no grant" workload one.example.com login --fresh --out one # Known, and the name is taken.
expect 3 "mayfly users release deploy" workload two.example.com login --fresh --out two
logged "name bound to another provider's subject"
expect 0 "https://one.example.com" as one.example.com mayfly whoami
expect 1 "bound to nobody" mayfly users release nobody
expect 0 "user:deploy@people is free: it was" mayfly users release deploy
expect 4 "not authenticated" as one.example.com mayfly whoami # Its sessions have ended.
expect 3 "no grant" workload two.example.com login --fresh --out two
expect 0 "https://two.example.com" as two.example.com mayfly whoami
expect 3 "mayfly users release deploy" workload one.example.com login --fresh --out one
expect 0 "it was" mayfly --local --socket ca/state/mayflyd.sock users release deploy
# Nor is it that of somebody who is enrolled with a key, in either direction.
expect 0 "enrolled user:deploy@people" mayfly users add deploy --key keys/eve.pub
expect 3 "enrolled with an SSH key" workload one.example.com login --fresh --out one
logged "name of an enrolled user proven by a provider"
expect 0 "removed user:deploy@people" mayfly users remove deploy
expect 3 "no grant" workload one.example.com login --fresh --out one
expect 3 "mayfly users release deploy" mayfly users add deploy --key keys/eve.pub
expect 0 "it was" mayfly --local --socket ca/state/mayflyd.sock users release deploy

# --- hosts by client certificate ------------------------------------------------------------------------------
[[ $(id -u) -ne 0 ]] || mkdir -p /run/sshd
make_host() { # make_host NAME: keys and configuration of an sshd
  mkdir -p "$1.host/sshd_config.d"
  ssh-keygen -q -t ed25519 -N '' -C host -f "$1.host/ssh_host_ed25519_key"
  printf 'Include %s/sshd_config.d/*.conf\nHostKey %s/ssh_host_ed25519_key\nPidFile none\n' "$world/$1.host" "$world/$1.host" >"$1.host/sshd_config"
}
enroll() { # enroll HOST ARGUMENTS...
  local host=$1.host
  shift
  mayfly host enroll --no-reload --sshd-config "$host/sshd_config" --directory "$host" "$@"
}
for host in web1 web2 web3 i1 i2 g1 g2 az az2 a7; do make_host $host; done
mtls() { enroll "$1" --from mtls --tls-cert "$2.pem" --tls-key "$2.key" "${@:3}"; }
expect 2 "--tls-cert" enroll web1 --from mtls
chmod 644 web1.key
expect 6 "chmod 600" mtls web1 web1
chmod 600 web1.key
expect 0 "host:web1@hosts" mtls web1 web1
expect 0 "host:web1@hosts" mtls web1 web1 # The same host may repeat the call.
expect 0 "host certificate" mayfly inspect web1.host/ssh_host_ed25519_key-cert.pub
expect 0 "host:web1@hosts" mayfly host renew --no-reload --directory web1.host
expect 3 "with other host keys" mtls web3 web1
expect 4 "not authenticated" mtls web3 web2 --hostname web9
logged "the certificate is of host:web2@hosts"
expect 4 "not authenticated" mtls web3 both
logged "2 URIs; expected exactly one"
expect 4 "not authenticated" mtls web3 forged
logged "does not verify"
# Revoked once the file says so, without a signal.
printf 'R\t%s\t%s\t%s\tunknown\t/CN=web2\n' 301231235959Z 260101000000Z "$(openssl x509 -in web2.pem -noout -serial | cut -d= -f2)" >index.txt
readings=$(grep -c "client roots in force" mayflyd.log)
make_crl
read_again() { [[ $(grep -c "client roots in force" mayflyd.log) -gt $readings ]]; }
wait_until read_again
expect 4 "not authenticated" mtls web2 web2
logged "certificate revoked"
# People, too: a certificate starts a session.
badge() { as "$1" mayfly login --authenticator badges --tls-cert "$1.pem" --tls-key "$1.key" "${@:2}"; }
expect 1 "user:erin@people" badge erin --dry-run
expect 3 "logged in as user:erin@people" badge erin --out erins # Known; no grant is for badges.
expect 0 "badges as urn:example:person/erin" as erin mayfly whoami
expect 4 "not authenticated" badge root --out roots
logged "root is the name of a system account"
# Whoever has no certificate, or any other, still does everything else.
expect 0 "user:alice@people" mayfly whoami

# --- hosts by their cloud -------------------------------------------------------------------------------------
mkdir cloud
meta_port=$(free_port)
export MAYFLY_METADATA_ADDRESS=127.0.0.1:$meta_port
cp aws.pem cloud/signer.pem && cp aws.key cloud/signer.key && cp azure.pem cloud/chain.pem
document() { # document ACCOUNT INSTANCE STARTED
  cat >cloud/document.json <<END
{
  "accountId" : "$1",
  "architecture" : "x86_64",
  "availabilityZone" : "eu-west-1a",
  "billingProducts" : null,
  "imageId" : "ami-5fb8c835",
  "instanceId" : "$2",
  "instanceType" : "t2.micro",
  "pendingTime" : "$3",
  "privateIp" : "10.158.112.84",
  "region" : "eu-west-1",
  "version" : "2017-09-30"
}
END
}
now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
document 123456789012 i-1234567890abcdef0 "$now"
expect 6 "no metadata service" enroll i1 --from aws
python3 "$here/metadata_service.py" cloud "$meta_port" &
metadata=$!
echo aws >cloud/mode
wait_until bash -c ": </dev/tcp/127.0.0.1/$meta_port"
mode() { echo "$1" >cloud/mode; }
mode redirect
expect 6 "sends elsewhere" enroll i1 --from aws
mode forbidden
expect 6 "answers 403" enroll i1 --from aws
mode long
expect 6 "more than" enroll i1 --from aws
mode hang
expect 6 "did not answer in time" enroll i1 --from aws
# A region's certificate is another one: once the file says so, without a signal.
replace_aws() { # replace_aws FILE
  local readings
  readings=$(grep -c "a cloud's certificates in force" mayflyd.log)
  cp "$1" aws.new && mv aws.new aws.pem
  wait_until bash -c "[[ \$(grep -c \"a cloud's certificates in force\" mayflyd.log) -gt $readings ]]"
}
mode aws
cp aws.pem aws.kept
replace_aws azure.pem
expect 4 "not authenticated" enroll i1 --from aws
logged "signed by none of the configured certificates"
replace_aws aws.kept
mode tampered
expect 4 "not authenticated" enroll i1 --from aws
logged "the signature does not verify"
mode aws
document 999999999999 i-1234567890abcdef0 "$now"
expect 4 "not authenticated" enroll i1 --from aws
logged "an instance of the account 999999999999"
document 123456789012 i-1234567890abcdef0 2020-01-01T00:00:00Z
expect 4 "not authenticated" enroll i1 --from aws
logged "too long ago"
document 123456789012 i-1234567890abcdef0 "$now"
expect 4 "not authenticated" enroll i1 --from aws --hostname db1
logged "may be called i-1234567890abcdef0"
expect 2 "belong together" enroll i1 --from aws --address "127.0.0.1:$port"
expect 0 "host:i-1234567890abcdef0@hosts" enroll i1 --from auto
expect 0 "PUT /latest/api/token" cat cloud/requests
expect 0 "host:i-1234567890abcdef0@hosts" enroll i1 --from aws --address "127.0.0.1:$port" --fingerprint "$ca_id"
expect 0 "host:i-1234567890abcdef0@hosts" mayfly host renew --no-reload --directory i1.host
expect 3 "with other host keys" enroll i2 --from aws
expect 0 "i-1234567890abcdef0" ssh-keygen -L -f i1.host/ssh_host_ed25519_key-cert.pub
aws_line=$(sed -n 3p cloud/served)

# Google's token is made for this CA and these host keys.
mode gcp
cp issuer.pem cloud/issuer.pem
echo another >cloud/project
expect 4 "not authenticated" enroll g1 --from gcp
logged "an instance of the project another"
echo my-project >cloud/project
expect 0 "host:example@hosts" enroll g1 --from auto
expect 0 "format=full" cat cloud/requests
expect 3 "with other host keys" enroll g2 --from gcp
expect 0 "host:example@hosts" mayfly host renew --no-reload --directory g1.host

mode azure
cp attested.pem cloud/signer.pem && cp attested.key cloud/signer.key
expect 0 "host:02aab8a4-74ef-476e-8182-f6d2ba4166a6@hosts" enroll az --from auto
expect 0 "nonce=" cat cloud/requests
# It may return with other host keys, which replace the first.
expect 0 "host:02aab8a4-74ef-476e-8182-f6d2ba4166a6@hosts" mayfly host renew --no-reload --directory az.host
expect 0 "host:02aab8a4-74ef-476e-8182-f6d2ba4166a6@hosts" enroll az2 --from azure
expect 0 "host:02aab8a4-74ef-476e-8182-f6d2ba4166a6@hosts" mayfly host renew --no-reload --directory az2.host
expect 4 "not authenticated" mayfly host renew --no-reload --directory az.host
expect 2 "--audience belongs to" enroll a7 --from azure-identity
expect 4 "not for us" enroll a7 --from azure-identity --audience https://management.azure.com/
expect 0 "host:web7@hosts" enroll a7 --from azure-identity --audience api://mayfly

# --- what was kept --------------------------------------------------------------------------------------------
expect 0 "fleet-hosts" mayfly certificates list --all
for served in "$aws_line" "$(cut -c 300-360 cloud/served)"; do
  [[ ${#served} -gt 40 ]] || { echo "FAILED: nothing to look for"; failures=$((failures + 1)); }
  if grep -qaF -- "$served" ca/state/ledger.db* mayflyd.log; then
    echo "FAILED: a cloud's document stands in the ledger or the log"
    failures=$((failures + 1))
  fi
done
expect 0 "sha256:" bash -c "cat ca/state/ledger.db* | grep -a -m 1 -o 'sha256:[0-9a-f]\{64\}'"
stop_daemon
start_daemon
expect 0 "dave" mayfly users list

echo "$checks checks, $failures failures"
[[ $failures -eq 0 ]]
