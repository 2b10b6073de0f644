#!/usr/bin/python3
"""Other implementations read, verify and use our certificates, and we read ssh-keygen's.

    interop_test.py BUILD_BIN [--write]

Prints a table, and fails when docs/interop.md does not show the same one; --write writes it there.
Whatever is not installed fails: script/setup --tests installs all of it.
"""
import getpass
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
PAGE = HERE.parent.parent / 'docs' / 'interop.md'
BEGIN, END = '<!-- The table is written by tests/interop. -->\n', '<!-- End of the table. -->\n'
CAS = ['ed25519', 'ecdsa-p256', 'rsa']
TYPES = ['ed25519', 'ecdsa-p256', 'ecdsa-p384', 'ecdsa-p521', 'rsa']
# Every kind of key, then every kind of CA.
LOGINS = [('ed25519', name) for name in TYPES] + [(ca, 'ed25519') for ca in CAS[1:]]
FORGERIES = ['forged-principal', 'forged-signature', 'over']
SSHD = shutil.which('sshd', path='/usr/sbin:/usr/local/sbin:' + os.environ.get('PATH', ''))


def run(argv, limit=120, **options):
    return subprocess.run([str(a) for a in argv], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=limit, check=False, **options)


def must(argv, **options):
    done = run(argv, **options)
    if done.returncode != 0:
        sys.exit(f'{" ".join(str(a) for a in argv)}: {done.returncode}\n{done.stdout}{done.stderr}')
    return done.stdout


class Client:
    """One implementation; `program` answers `check CA PRINCIPAL FILE…` and `login …` as the helpers do."""

    def __init__(self, name, version, program, verifies=True, logs_in=True, known_hosts=False,
                 directory=None):
        self.name, self.version, self.program = name, version, program
        self.verifies, self.logs_in, self.known_hosts = verifies, logs_in, known_hosts
        self.directory = directory

    def check(self, ca, principal, files):
        out = must([*self.program, 'check', ca, principal, *files])
        verdicts = dict(line.split('\t')[:2] for line in out.splitlines())
        for line in out.splitlines():
            if '\tno' in line:
                print(f'    {self.name}: {line}')
        assert set(verdicts) == {str(f) for f in files}, out
        return [f for f in files if verdicts[str(f)] == 'ok']

    def login(self, world, key):
        known = world.known_hosts if self.known_hosts else world.directory / 'host.pub'
        done = run([*self.program, 'login', f'127.0.0.1:{world.port}', world.user, key, f'{key}-cert.pub', known])
        if done.returncode != 0 or done.stdout.strip() != 'welcome':
            print(f'    {self.name}: {key.name}: {done.stdout}{done.stderr[:300]}')
            return False
        return True


class OpenSsh(Client):
    def __init__(self):
        version = run(['ssh', '-V']).stderr.split()[0].removeprefix('OpenSSH_').rstrip(',')
        super().__init__('OpenSSH', version, [], verifies=True)

    def check(self, ca, principal, files):
        # -L does not judge time; sshd does, and is asked in every login.
        good = []
        for file in files:
            done = run(['ssh-keygen', '-L', '-f', file])
            if done.returncode == 0 and 'over' not in file.name:
                good.append(file)
        return good

    def login(self, world, key):
        done = run(['ssh', '-F', 'none', '-p', world.port, '-i', key, '-o', f'CertificateFile={key}-cert.pub',
                    '-o', 'IdentitiesOnly=yes', '-o', 'IdentityAgent=none', '-o', 'BatchMode=yes',
                    '-o', f'UserKnownHostsFile={world.known_hosts}', f'{world.user}@127.0.0.1', 'echo welcome'])
        return done.stdout.strip() == 'welcome'


class NetSsh(Client):
    def login(self, world, key):
        # With OpenSSL 3 it reads the private half of RSA and ECDSA from PEM alone.
        copy = self.directory / 'net_ssh_key'
        for path in (key, pathlib.Path(f'{key}-cert.pub')):
            shutil.copy(path, self.directory / path.name.replace(key.name, copy.name, 1))
        if key.name != 'ed25519':
            must(['ssh-keygen', '-q', '-p', '-P', '', '-N', '', '-m', 'PEM', '-f', copy])
        return super().login(world, copy)


class Putty(Client):
    def __init__(self, directory):
        version = run(['plink', '-V']).stdout.split()[2].rstrip(':')
        super().__init__('PuTTY', version, [], verifies=False, directory=directory)

    def convert(self, key):
        plain, certified = self.directory / 'plain.ppk', self.directory / 'certified.ppk'
        must(['puttygen', key, '-O', 'private', '-o', plain])
        must(['puttygen', plain, '--certificate', f'{key}-cert.pub', '-O', 'private', '-o', certified])
        return certified

    def check(self, ca, principal, files):
        good = []
        for file in files:
            done = run(['puttygen', file, '-O', 'cert-info'])
            if 'Key ID string' in done.stdout or 'Certificate' in done.stdout:
                good.append(file)
            else:
                print(f'    PuTTY: {file.name}: {done.stdout}{done.stderr}')
        return good

    def login(self, world, key):
        host = must(['ssh-keygen', '-l', '-f', world.directory / 'host.pub']).split()[1]
        done = run(['plink', '-batch', '-ssh', '-P', world.port, '-hostkey', host, '-i', self.convert(key),
                    f'{world.user}@127.0.0.1', 'echo welcome'],
                   env={**os.environ, 'HOME': str(self.directory)})
        if done.stdout.strip() != 'welcome':
            print(f'    PuTTY: {key.name}: {done.stdout}{done.stderr[:300]}')
        return done.stdout.strip() == 'welcome'


class World:
    """An sshd that trusts our CAs and nothing else."""

    def __init__(self, directory):
        self.directory, self.user = directory, getpass.getuser()
        self.process = None
        if os.geteuid() == 0:
            os.makedirs('/run/sshd', mode=0o755, exist_ok=True)
        cas = ''.join((directory / ca / 'ca.pub').read_text() for ca in CAS)
        (directory / 'user_cas').write_text(cas)

    def __enter__(self):
        for _ in range(5):
            with socket.socket() as free:
                free.bind(('127.0.0.1', 0))
                self.port = free.getsockname()[1]
            config, log = self.directory / 'sshd_config', self.directory / 'sshd.log'
            config.write_text(f'''ListenAddress 127.0.0.1
Port {self.port}
HostKey {self.directory}/host
TrustedUserCAKeys {self.directory}/user_cas
AuthorizedKeysFile none
AuthenticationMethods publickey
PermitRootLogin prohibit-password
UsePAM no
StrictModes no
PermitUserRC no
PrintMotd no
PidFile none
UseDNS no
LogLevel VERBOSE
MaxStartups 100
''')
            self.process = subprocess.Popen([SSHD, '-D', '-f', config, '-E', log], stdin=subprocess.DEVNULL)
            end = time.monotonic() + 10
            while time.monotonic() < end and self.process.poll() is None:
                if log.exists() and f'port {self.port}.' in log.read_text():
                    self.known_hosts = self.directory / 'known_hosts'
                    self.known_hosts.write_text(
                        f'[127.0.0.1]:{self.port} {(self.directory / "host.pub").read_text()}')
                    return self
                time.sleep(0.05)
            self.process.kill()
            self.process.wait()
        sys.exit('sshd does not start:\n' + log.read_text())

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


def clients(scratch):
    go = scratch / 'go_client'
    must(['go', 'build', '-o', go, HERE / 'go_client.go'], limit=400,
         env={**os.environ, 'GO111MODULE': 'off', 'GOPATH': '/usr/share/gocode', 'GOFLAGS': '',
              'GOCACHE': str(scratch / 'go-cache')})
    libssh = scratch / 'libssh_client'
    must(['cc', '-Wall', '-Wextra', '-Werror', '-o', libssh, HERE / 'libssh_client.c', '-lssh'])
    python = ['/usr/bin/python3', '-W', 'ignore', HERE / 'python_client.py']
    ruby = ['ruby', '-W0', HERE / 'ruby_client.rb']
    package = must(['dpkg-query', '-W', '-f', '${Version}', 'golang-golang-x-crypto-dev'])
    return [
        OpenSsh(),
        Client('Go x/crypto/ssh', package.split(':')[-1].split('-')[0], [go]),
        Client('AsyncSSH', must([*python, 'asyncssh', 'version']).strip(), [*python, 'asyncssh']),
        Client('Paramiko', must([*python, 'paramiko', 'version']).strip(), [*python, 'paramiko'], verifies=False),
        Client('ssh_data (Ruby)', must([*ruby, 'ssh_data', 'version']).strip(), [*ruby, 'ssh_data'], logs_in=False),
        NetSsh('net-ssh (Ruby)', must([*ruby, 'net_ssh', 'version']).strip(), [*ruby, 'net_ssh'], directory=scratch),
        Client('libssh', must([libssh, 'version']).split('/')[0].strip(), [libssh], verifies=False, known_hosts=True),
        Putty(scratch),
    ]


def ours_by_others(scratch, world):
    rows = []
    for client in clients(scratch):
        read = refused = 0
        for ca in CAS:
            folder = world.directory / ca
            files = [folder / f'{name}-cert.pub' for name in TYPES]
            read += len(client.check(folder / 'ca.pub', world.user, files))
            if client.verifies:
                forged = [folder / f'{name}-cert.pub' for name in FORGERIES]
                refused += len(forged) - len(client.check(folder / 'ca.pub', world.user, forged))
        logins = sum(client.login(world, world.directory / ca / name) for ca, name in LOGINS) \
            if client.logs_in else None
        total, forged = len(CAS) * len(TYPES), len(CAS) * len(FORGERIES)
        rows.append((client.name, client.version, f'{read} of {total}',
                     f'{refused} of {forged}' if client.verifies else 'does not verify',
                     f'{logins} of {len(LOGINS)}' if client.logs_in else 'no client'))
        print('  ' + ' | '.join(rows[-1]))
    return rows


def ssh_keygen_makes(folder):
    """Certificates and lists of every shape that ssh-keygen writes; their paths."""
    must(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', folder / 'ca'])
    must(['ssh-keygen', '-q', '-t', 'rsa', '-b', '2048', '-N', '', '-f', folder / 'rsa-ca'])
    shapes = [[], ['-n', 'alice,bob'], ['-h', '-n', 'web1.example.com'], ['-z', '18446744073709551615'],
              ['-V', 'always:forever'], ['-V', '20200101000000Z:20300101000000Z'], ['-O', 'clear'],
              ['-O', 'force-command=/bin/true', '-O', 'source-address=10.0.0.0/8,fd00::/8'],
              ['-O', 'critical:x@example.com=1', '-O', 'extension:y@example.com', '-O', 'verify-required'],
              ['-O', 'no-touch-required', '-n', ','.join(f'p{i}' for i in range(256))]]
    made = []
    for bits in ['ed25519', 'ecdsa 256', 'ecdsa 384', 'ecdsa 521', 'rsa 2048']:
        kind, size = (bits.split() + ['256'])[:2]
        key = folder / bits.replace(' ', '-')
        must(['ssh-keygen', '-q', '-t', kind, '-b', size, '-N', '', '-f', key])
        for ca in ['ca', 'rsa-ca']:
            for number, shape in enumerate(shapes):
                must(['ssh-keygen', '-q', '-s', folder / ca, '-I', f'{bits} {number}', *shape, f'{key}.pub'])
                path = folder / f'{key.name}-{ca}-{number}-cert.pub'
                (folder / f'{key.name}-cert.pub').rename(path)
                made.append(path)
    return made


def ssh_keygen_lists(folder):
    specs = {
        'empty': '', 'key IDs': 'id: user:alice@people/1\nid: user:bob@people/2\n', 'one serial': 'serial: 7\n',
        'range': 'serial: 5-90000\n', 'scattered': ''.join(f'serial: {i * i + 1}\n' for i in range(200)),
        'bitmap': ''.join(f'serial: {i * 3}\n' for i in range(1, 300)),
        'hashes': None, 'keys': None, 'any CA': None,
    }
    key = next(folder.glob('ed25519.pub')).read_text()
    specs['hashes'] = f'sha1: {key}sha256: {key}'
    specs['keys'] = f'key: {key}'
    made = []
    for name, spec in specs.items():
        path = folder / (name.replace(' ', '-') + '.krl')
        (folder / 'spec').write_text(spec or '')
        if name == 'any CA':
            (folder / 'spec').write_text('serial: 3\nid: x\n')
        ca = 'none' if name == 'any CA' else str(folder / 'ca.pub')
        must(['ssh-keygen', '-q', '-k', '-f', path, '-z', '4', '-s', ca, folder / 'spec'])
        made.append(path)
    return made


def theirs_by_us(tool, folder):
    rows = []
    for what, files in [('certificates', ssh_keygen_makes(folder)), ('revocation lists', ssh_keygen_lists(folder))]:
        out = must([tool, 'check', *files])
        bad = [line for line in out.splitlines() if '\tno' in line]
        for line in bad:
            print('    ' + line)
        rows.append((f"{what} of ssh-keygen's", f'{len(files) - len(bad)} of {len(files)}'))
        print('  ' + ' | '.join(rows[-1]))
    return rows


def table(ours, theirs):
    lines = ['| implementation | version | reads ours | refuses forgeries | logs in with ours |', '|---|---|---|---|---|']
    lines += ['| ' + ' | '.join(row) + ' |' for row in ours]
    lines += ['', '| read by Mayfly | parse, verify and encode to the same bytes |', '|---|---|']
    lines += ['| ' + ' | '.join(row) + ' |' for row in theirs]
    return '\n'.join(lines) + '\n'


def main():
    tool = pathlib.Path(sys.argv[1]) / 'interop_tool'
    with tempfile.TemporaryDirectory(prefix='interop-') as temporary:
        scratch = pathlib.Path(temporary)
        for name in ('ours', 'theirs', 'scratch'):
            (scratch / name).mkdir(mode=0o700)
        must([tool, 'make', scratch / 'ours', getpass.getuser()])
        with World(scratch / 'ours') as world:
            ours = ours_by_others(scratch / 'scratch', world)
        theirs = theirs_by_us(tool, scratch / 'theirs')
    made = table(ours, theirs)
    print(made)
    page = PAGE.read_text()
    before, rest = page.split(BEGIN)
    shown, after = rest.split(END)
    if '--write' in sys.argv:
        PAGE.write_text(before + BEGIN + '\n' + made + '\n' + END + after)
    elif shown.strip() != made.strip():
        sys.exit('docs/interop.md shows another table: look why, or run tests/interop/interop_test.py '
                 'BUILD_BIN --write')


if __name__ == '__main__':
    main()
