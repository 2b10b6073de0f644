#!/usr/bin/env bash
# Every command of README.md, as a newcomer would type it: only the folder, the address and the CA id are this test's own. The first
# block (script/demo, script/test) has a test of its own, or is what runs this one.
#   readme_test.sh FOLDER-OF-PROGRAMS
set -uo pipefail
bin=$(cd "$1" && pwd)
readme=$(cd "$(dirname "$0")/../.." && pwd)/README.md
PATH=$bin:$PATH:/usr/sbin

world=$(mktemp -d /tmp/mayfly-readme-test-XXXXXX)
cd "$world" || exit 1
pids=()
finish() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null; wait "$pid" 2>/dev/null; done
  cd / && rm -rf "$world"
}
trap finish EXIT
fail() {
  echo "FAILED: $*"
  exit 1
}
wait_until() { # wait_until COMMAND...: at most 20 seconds
  local deadline=$((SECONDS + 20))
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < deadline)) || { cat ./*.log; fail "waited in vain for: $*"; }
    sleep 0.05
  done
}
free_port() {
  local port
  while port=$(shuf -i 20000-32000 -n 1); do (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }; done
}

# on_terminal COMMAND...: on a terminal of its own, where every question is answered with a passphrase.
cat >on_terminal.py <<'PYTHON'
import os, pty, signal, sys
child, terminal = pty.fork()
if child == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
signal.signal(signal.SIGTERM, lambda *_: os.kill(child, signal.SIGTERM))
while True:
    try:
        said = os.read(terminal, 4096)
    except OSError:  # The command has ended.
        break
    sys.stdout.buffer.write(said)
    sys.stdout.flush()
    if said.rstrip(b' ').endswith(b':'):
        os.write(terminal, b'correct horse battery\n')
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
PYTHON

# As on a machine of somebody who uses ssh: a key, a runtime folder.
export HOME=$world XDG_RUNTIME_DIR=$world/run MAYFLY_CONFIG=$world/config
unset SSH_AUTH_SOCK XDG_CONFIG_HOME
mkdir -m 700 run .ssh sshd sshd/sshd_config.d
ssh-keygen -q -t ed25519 -N '' -C me -f .ssh/id_ed25519
ca_port=$(free_port)
ssh_port=$(free_port)
eval "$(ssh-agent -s -a "$world/agent")" >/dev/null
pids+=("$SSH_AGENT_PID")

# A host to enroll.
ssh-keygen -q -t ed25519 -N '' -C host -f sshd/ssh_host_ed25519_key
cat >sshd/sshd_config <<CONFIG
Include $world/sshd/sshd_config.d/*.conf
ListenAddress 127.0.0.1:$ssh_port
HostKey $world/sshd/ssh_host_ed25519_key
PidFile $world/sshd/sshd.pid
AuthorizedKeysFile none
UsePAM no
StrictModes no
CONFIG
[[ $(id -u) -ne 0 ]] || mkdir -p /run/sshd
/usr/sbin/sshd -D -f "$world/sshd/sshd_config" -E "$world/sshd/log" &
pids+=($!)
wait_until test -s sshd/sshd.pid

# The commands between ```sh and ```, but for the first block; whoever asks for a passphrase gets one on a terminal.
mapfile -t commands < <(awk '/^```sh/ {inside = 1; ++block; next} /^```/ {inside = 0} inside && block > 1' "$readme")
[[ ${#commands[@]} -ge 8 ]] || fail "README.md shows only ${#commands[@]} commands"
here=(--sshd-config "sshd/sshd_config" --directory sshd)
for command in "${commands[@]}"; do
  typed=$command
  typed=${typed//\/etc\/mayfly/$world\/ca}
  typed=${typed//ca.example.com/127.0.0.1:$ca_port}
  typed=${typed//SHA256:.../${ca_id:-}}
  read -ra words <<<"$typed"
  case $typed in
    "mayflyd init"*) python3 on_terminal.py "${words[@]}" --fast-passphrase >init.log || fail "$command: $(cat init.log)" ;;
    "mayflyd run"*)
      python3 on_terminal.py "${words[@]}" >run.log &
      pids+=($!)
      wait_until bash -c ": </dev/tcp/127.0.0.1/$ca_port"
      ca_id=$(ssh-keygen -lf ca/trust.pub | cut -d' ' -f2)
      ;;
    "mayfly host enroll"*) "${words[@]}" --hostname web1.example.com "${here[@]}" --pid-file sshd/sshd.pid || fail "$command" ;;
    "mayfly host renew"*) "${words[@]}" --directory sshd || fail "$command" ;;
    *) bash -c "$typed" || fail "$command" ;;
  esac
done

# What that gave: a certificate in the agent, and a host that ssh knows with nothing in known_hosts.
ssh-add -L | grep -q -- '-cert-v01@openssh.com ' || fail "no certificate in the agent"
knows_host() {
  ssh -F .ssh/config -p "$ssh_port" -o HostName=127.0.0.1 -o HostKeyAlias=web1.example.com -o UserKnownHostsFile=none -o GlobalKnownHostsFile=none \
    -o BatchMode=yes -l nobody-of-this-name web1.example.com true >ssh.log 2>&1
  grep -q 'Permission denied' ssh.log
}
wait_until knows_host
echo "${#commands[@]} commands of the README ran"
