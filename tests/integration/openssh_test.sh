#!/usr/bin/env bash
# OpenSSH's own regression suite (Debian's openssh-tests) with `mayfly keygen` in ssh-keygen's place: -s, -k, -Q
# and -L are Mayfly's, the rest is the real ssh-keygen's. So is signing that Mayfly leaves to it: ssh-dss keys, and
# CA keys in security keys' files. Prints how many scripts passed and how many calls each program had.
#   openssh_test.sh BIN_DIRECTORY [SCRIPT...]
set -euo pipefail

scripts=(krl cert-hostkey cert-userkey agent-restrict cert-file principals-command limit-keytype hostkey-agent)
suite=/usr/lib/openssh/regress
bin=$1
shift
[[ $# -eq 0 ]] || scripts=("$@")
[[ -e $suite/test-exec.sh ]] || { echo "openssh_test: $suite is missing: script/setup --tests" >&2; exit 1; }
keygen=$(command -v ssh-keygen)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# principals-command writes below /var/run. Without root or sudo that one cannot run: it is said, and counted apart.
sudo=
if [[ $(id -u) -ne 0 ]] && sudo -n true 2>/dev/null; then sudo=sudo; fi

# The suite hands each call to this. A folder of its own for configuration: no trusted CA of whoever runs it.
mkdir "$work/config"
cat >"$work/keygen" <<END
#!/usr/bin/env bash
real=$keygen
calls=\${MAYFLY_CALLS:?}
# Which program: one of -s, -k, -Q and -L as an option of its own or in a bundle.
mayfly=no sign=no krl=no ca=
words=("\$@")
for ((i = 0; i < \${#words[@]}; i++)); do
  word=\${words[i]}
  [[ \$word == -* && \$word != - ]] || continue
  [[ \$word == -Y* || \$word == -*Y ]] && { mayfly=no sign=no krl=no; break; }
  for ((j = 1; j < \${#word}; j++)); do
    case \${word:j:1} in
      s) mayfly=yes sign=yes ;;
      k) mayfly=yes krl=yes ;;
      L | Q) mayfly=yes ;;
    esac
    # The rest of the word, or the next word, is a value.
    if [[ CDEFIMNOPRVYZabfgmnrstwz == *"\${word:j:1}"* ]]; then
      value=\${word:j+1}
      if [[ -z \$value ]]; then
        i=\$((i + 1))
        value=\${words[i]:-}
      fi
      [[ \${word:j:1} != s ]] || ca=\$value
      break
    fi
  done
done
# What Mayfly does not do: certify DSA keys, and sign with a security key's own file.
if [[ \$sign == yes && \$krl == no ]]; then
  last=\${words[-1]}
  if grep -qs '^ssh-dss' "\$last" "\$last.pub" "\$ca.pub" || grep -qs '^sk-' "\$ca.pub"; then
    echo left >>"\$calls"
    exec "\$real" "\$@"
  fi
fi
if [[ \$mayfly == yes ]]; then
  echo mayfly >>"\$calls"
  MAYFLY_CONFIG=$work/config exec "$bin/mayfly" keygen "\$@"
fi
echo real >>"\$calls"
exec "\$real" "\$@"
END
chmod 755 "$work/keygen"
chmod 755 "$work"

# One script, in a copy of the suite, because the scripts write beside themselves. The folder is named by the port:
# hostkey-agent takes every line with "hostkey" out of a configuration, paths included.
run() {
  local name=$1 port=$2 obj=$work/$2
  mkdir "$obj"
  find "$suite" -maxdepth 1 ! -path "$suite" ! -name unittests -exec cp -a {} "$obj/" \;
  : >"$obj/calls"
  chmod 666 "$obj/calls"
  local as_root=
  [[ $name != principals-command ]] || as_root=$sudo
  (
    cd "$obj"
    env PATH="$PATH:/usr/sbin:/sbin" MAYFLY_CALLS="$obj/calls" SUDO="$as_root" OBJ="$obj" BUILDDIR="$obj" TEST_SHELL=sh \
      TEST_SSH_SSH="$(command -v ssh)" TEST_SSH_SFTPSERVER=/usr/lib/openssh/sftp-server \
      TEST_SSH_SSHKEYGEN="$work/keygen" TEST_SSH_PORT="$port" TEST_SSH_UNSAFE_PERMISSIONS=1 TEST_SSH_ECC=yes \
      sh "$obj/test-exec.sh" "$obj" "$obj/$name.sh"
  ) >"$work/$name.log" 2>&1 </dev/null
}

failed=0 passed=0 not_run=0
port=$((20000 + RANDOM % 20000))
pids=() names=() ports=()
finish() { # The oldest of those that run.
  local pid=${pids[0]} name=${names[0]} calls=$work/${ports[0]}/calls last
  pids=("${pids[@]:1}") names=("${names[@]:1}") ports=("${ports[@]:1}")
  local status=0
  wait "$pid" || status=$?
  last=$(grep -E '^(ok|SKIPPED|failed)' "$work/$name.log" | tail -n 1 || true)
  if [[ $status -eq 0 && $last == ok* ]]; then
    passed=$((passed + 1))
    echo "passed  $name  ($(grep -c mayfly "$calls" || true) calls of mayfly," \
      "$(grep -c left "$calls" || true) of ssh-keygen for ssh-dss or a security key's file," \
      "$(grep -c real "$calls" || true) others)"
    return
  fi
  if [[ $(id -u) -ne 0 && -z $sudo && $last == "SKIPPED: need SUDO"* ]]; then
    not_run=$((not_run + 1))
    echo "NOT RUN $name  (it needs root, or sudo without a password)"
    return
  fi
  failed=$((failed + 1))
  echo "FAILED  $name"
  tail -n 40 "$work/$name.log"
}
for name in "${scripts[@]}"; do
  [[ ${#pids[@]} -lt 2 ]] || finish
  port=$((port + 1))
  run "$name" "$port" &
  pids+=($!) names+=("$name") ports+=("$port")
done
while [[ ${#pids[@]} -gt 0 ]]; do finish; done

echo "OpenSSH's own scripts: $passed passed, $failed failed, $not_run not run, of ${#scripts[@]}"
[[ $failed -eq 0 && $((passed + not_run)) -eq ${#scripts[@]} ]]
