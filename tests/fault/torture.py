#!/usr/bin/env python3
"""The real mayflyd and mayfly while things go wrong: killed, without power, on a disk that fails, abused by strangers.

  torture.py [--short] PART... --bin FOLDER --shim FILE    PART: kill power faults starts shutdown abuse strangers; default all

What must always hold: a certificate that a client has is in the ledger, under its serial and with its key.
"""
import argparse
import base64
import contextlib
import ctypes
import errno
import mmap
import os
import pathlib
import random
import re
import resource
import shutil
import signal
import socket
import sqlite3
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time

WRITE, SYNC, OPEN, RENAME, ACCEPT, DATABASE_SYNC = 1, 2, 4, 8, 16, 32
TRACE_WRITE, TRACE_SYNC, TRACE_TRUNCATE, TRACE_UNLINK, TRACE_CREATE = 1, 2, 3, 4, 5


class Control(ctypes.Structure):  # FaultControl of fault_shim.h
    _fields_ = [(name, ctypes.c_int64) for name in
                ('clock_offset_ns', 'free_bytes', 'calls', 'error', 'countdown', 'sticky', 'struck', 'tracing')]


class Failure(Exception):
    pass


def check(condition, message):
    if not condition:
        raise Failure(message)


class World:
    """A CA in a folder of its own, an enrolled user, and the shim's control."""

    def __init__(self, options):
        self.options = options
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='mayfly-torture-'))
        self.daemon = None
        self.count = 0
        self.lock = threading.Lock()
        self.held = {}  # serial -> (key fingerprint, size of the trace when it was held)
        (self.folder / 'run').mkdir(mode=0o700)
        (self.folder / 'out').mkdir(mode=0o700)
        self.write('passphrase', b'a passphrase for a test', 0o600)
        self.write('control', bytes(ctypes.sizeof(Control)), 0o600)
        self.write('trace', b'', 0o600)
        with open(self.folder / 'control', 'r+b') as file:
            self.mapping = mmap.mmap(file.fileno(), 0)
        self.control = Control.from_buffer(self.mapping)
        self.control.free_bytes = -1
        self.environment = dict(os.environ, HOME=str(self.folder), XDG_RUNTIME_DIR=str(self.folder / 'run'),
                                MAYFLY_CONFIG=str(self.folder / 'config'))
        self.environment.pop('SSH_AUTH_SOCK', None)
        with socket.socket() as free:
            free.bind(('127.0.0.1', 0))
            self.port = free.getsockname()[1]
        self.run('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', 'alice')
        self.run(self.program('mayflyd'), 'init', '--directory', 'ca', '--name', 'Test', '--address',
                 f'127.0.0.1:{self.port}', '--passphrase', 'file:passphrase', '--fast-passphrase',
                 '--operator', 'alice=alice.pub')
        with open(self.folder / 'ca/mayflyd.yaml', 'a') as config:  # All strangers here come from one address.
            config.write('limits: {refusals_per_minute_per_source: 100000, refusals_per_minute_per_subject: 100000}\n')
        self.start()
        ca_id = self.run('ssh-keygen', '-lf', 'ca/trust.pub').split()[1]
        self.run(self.program('mayfly'), 'trust', 'add', f'https://127.0.0.1:{self.port}', '--fingerprint', ca_id)
        self.run(self.program('mayfly'), 'login', '--identity', 'alice', '--out', 'out/first')

    def program(self, name):
        return str(pathlib.Path(self.options.bin).resolve() / name)

    def write(self, name, contents, mode):
        (self.folder / name).write_bytes(contents)
        (self.folder / name).chmod(mode)

    def run(self, *argv):
        done = subprocess.run(argv, cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=120)
        check(done.returncode == 0, f'{argv}: exit {done.returncode}: {done.stderr}')
        return done.stdout

    def start(self):
        begin = time.monotonic()
        environment = dict(self.environment, LD_PRELOAD=str(pathlib.Path(self.options.shim).resolve()),
                           MAYFLY_FAULT_CONTROL=str(self.folder / 'control'),
                           MAYFLY_FAULT_TRACE=str(self.folder / 'trace'))
        with open(self.folder / 'log', 'ab') as log:
            mark = log.tell()
            self.daemon = subprocess.Popen([self.program('mayflyd'), 'run', '--config', str(self.folder / 'ca/mayflyd.yaml')],
                                           env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        while b' serving ' not in (self.folder / 'log').read_bytes()[mark:]:
            check(self.daemon.poll() is None and time.monotonic() - begin < 60,
                  'mayflyd did not start:\n' + (self.folder / 'log').read_text()[-2000:])
            time.sleep(0.01)
        return time.monotonic() - begin

    def stop(self, number=signal.SIGTERM):
        self.daemon.send_signal(number)
        return self.daemon.wait(timeout=60)

    def close(self):
        if self.daemon.poll() is None:
            self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def login(self):
        """Asks for a certificate; returns the exit code and what was said, and keeps what was got."""
        with self.lock:
            self.count += 1
            name = f'out/{self.count}'
        done = subprocess.run([self.program('mayfly'), 'login', '--timeout', '20s', '--out', name], cwd=self.folder,
                              env=self.environment, capture_output=True, text=True, timeout=120)
        if done.returncode != 0:
            check(not (self.folder / f'{name}-cert.pub').exists(), 'a failed login left a certificate')
            return done.returncode, done.stderr
        trace = (self.folder / 'trace').stat().st_size
        shown = self.run('ssh-keygen', '-L', '-f', f'{name}-cert.pub')
        serial = int(re.search(r'Serial: (\d+)', shown).group(1))
        key = re.search(r'Public key: \S+ (SHA256:\S+)', shown).group(1)
        with self.lock:
            check(serial not in self.held, f'serial {serial} was given out twice')
            self.held[serial] = (key, trace)
        return 0, ''

    def load(self, clients):
        """Clients that ask without a pause until the function that is returned is called."""
        stopping = threading.Event()
        said = []

        def ask():
            while not stopping.is_set():
                said.append(self.login())
        threads = [threading.Thread(target=ask) for _ in range(clients)]
        for thread in threads:
            thread.start()

        def end():
            stopping.set()
            for thread in threads:
                thread.join()
            return said
        return end

    def arm(self, calls, error, n, sticky=False):
        self.control.countdown = 0
        self.control.calls, self.control.error, self.control.struck = calls, error, 0
        self.control.sticky = int(sticky)
        self.control.countdown = n

    def disarm(self):
        self.control.sticky = 0
        self.control.countdown = 0


def recorded(state):
    database = sqlite3.connect(pathlib.Path(state) / 'ledger.db', timeout=20)
    try:
        check(database.execute('PRAGMA integrity_check').fetchone() == ('ok',), f'{state}: the database is damaged')
        return dict(database.execute('SELECT serial, key_fingerprint FROM certificates'))
    finally:
        database.close()


def check_recorded(held, ledger):
    for serial, (key, _) in held.items():
        check(serial in ledger, f'a client holds serial {serial}, which the ledger does not know')
        check(ledger[serial] == key, f'serial {serial} is recorded for another key')


def counted(what, times):
    """range(times), which says on standard error now and then how far it is."""
    told = time.monotonic()
    for number in range(times):
        if time.monotonic() - told > 20:
            print(f'{what}: {number} of {times}', file=sys.stderr, flush=True)
            told = time.monotonic()
        yield number


def kill(world, rounds):
    slowest = 0
    for round_number in counted('kill', rounds):
        before = len(world.held)
        end = world.load(3)
        deadline = time.monotonic() + 60
        while len(world.held) == before and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(random.random() * 0.3)
        world.stop(signal.SIGKILL)
        for code, words in end():
            check(code in (0, 5), f'round {round_number}: exit {code}: {words}')
        check(len(world.held) > before, 'nothing was issued before the kill')
        if round_number % 25 == 24:
            check_recorded(world.held, recorded(world.folder / 'ca/state'))
        slowest = max(slowest, world.start())
    check_recorded(world.held, recorded(world.folder / 'ca/state'))
    return f'{rounds} kills, {len(world.held)} certificates held, slowest start {slowest:.1f} s'


def read_trace(path):
    data, at, done = path.read_bytes(), 0, []
    while at + 24 <= len(data):
        kind, name_size, offset, size = struct.unpack_from('=IIQQ', data, at)
        at += 24
        name = data[at:at + name_size].decode()
        at += name_size
        contents = b''
        if kind == TRACE_WRITE:
            contents = data[at:at + size]
            at += size
        done.append((kind, name, offset, contents, at))
    return done


def lose_power(base, done, folder):
    """What the disk may hold after `done`: all that was synced, and of the rest an arbitrary part, sector by sector.

    A name that was made or removed since the folder was synced may be there or not, whatever its file says.
    """
    durable = {file.name: bytearray(file.read_bytes()) for file in base.iterdir()
               if file.is_file() and not file.name.endswith(('-shm', '.lock'))}
    pending = {}
    made, removed = set(), {}  # Since the folder was synced; what the removed ones held.

    def apply(contents, kind, offset, data):
        if kind == TRACE_TRUNCATE:
            if len(contents) > offset:
                del contents[offset:]
            else:
                contents.extend(bytes(offset - len(contents)))
            return
        if len(contents) < offset + len(data):
            contents.extend(bytes(offset + len(data) - len(contents)))
        contents[offset:offset + len(data)] = data

    for kind, name, offset, data, _ in done:
        if kind == TRACE_CREATE:
            made.add(name)
            durable[name] = bytearray()
            continue
        if kind == TRACE_SYNC and name == '.':
            made.clear()
            removed.clear()
            continue
        contents = durable.setdefault(name, bytearray())
        if kind == TRACE_SYNC:
            for write in pending.pop(name, []):
                apply(contents, *write)
        elif kind == TRACE_UNLINK:
            if name not in made:
                removed[name] = contents
            made.discard(name)
            durable.pop(name)
            pending.pop(name, None)
        else:
            pending.setdefault(name, []).append((kind, offset, data))
    for name in made:
        if random.random() < 0.5:
            del durable[name]
            pending.pop(name, None)
    for name, contents in removed.items():
        if name not in durable and random.random() < 0.5:
            durable[name] = contents
    folder.mkdir()
    for name, contents in durable.items():
        if name.endswith(('-shm', '.lock')):
            continue
        lost = pending.get(name, [])
        random.shuffle(lost)
        for kind, offset, data in lost:
            if kind == TRACE_TRUNCATE:
                if random.random() < 0.5:
                    apply(contents, kind, offset, data)
                continue
            for sector in range(0, len(data), 512):
                if random.random() < 0.5:
                    apply(contents, kind, offset + sector, data[sector:sector + 512])
        (folder / name).write_bytes(contents)


def power(world, cuts):
    world.stop()  # The write-ahead log is in the database now, so the copy is whole.
    base = world.folder / 'base'
    shutil.copytree(world.folder / 'ca/state', base, ignore=shutil.ignore_patterns('*.sock'))
    world.control.tracing = 1
    world.start()
    log = world.folder / 'ca/state/ledger.db-wal'

    def times_begun():  # SQLite's file format, 4.1: the checkpoint sequence number.
        with open(log, 'rb') as file:
            return file.read(16)[12:]

    first = times_begun()
    end = world.load(3)
    deadline = time.monotonic() + 180
    # Until a megabyte was moved into the database and, in a moment when nobody wrote, the log begun anew.
    while times_begun() == first and time.monotonic() < deadline:
        time.sleep(0.01)
    wanted = len(world.held) + 12
    while len(world.held) < wanted and time.monotonic() < deadline:
        time.sleep(0.01)
    world.stop(signal.SIGKILL)
    end()
    world.control.tracing = 0
    trace = read_trace(world.folder / 'trace')
    check(len(trace) > 20, f'only {len(trace)} writes were recorded')
    check(any(kind == TRACE_CREATE and name == 'ledger.db-wal' for kind, name, *_ in trace), 'no name was made')
    check(any(kind == TRACE_SYNC and name == 'ledger.db' for kind, name, *_ in trace), 'nothing was moved')
    begun = sum(kind == TRACE_WRITE and name == 'ledger.db-wal' and offset == 0 for kind, name, offset, *_ in trace)
    check(begun >= 2, 'the log was not begun anew')
    for cut in counted('power', cuts):
        last = len(trace) if cut == 0 else random.randint(1, len(trace))
        folder = world.folder / f'cut{cut}'
        lose_power(base, trace[:last], folder)
        # A certificate was held after its trace had that size: all that its answer rested on stands before.
        acknowledged = {serial: one for serial, one in world.held.items() if one[1] <= trace[last - 1][4]}
        try:
            check_recorded(acknowledged, recorded(folder))
        except Failure as failure:
            raise Failure(f'power lost after write {last} of {len(trace)}: {failure}') from failure
        shutil.rmtree(folder)
    world.start()
    return f'{cuts} cuts in {len(trace)} writes and syncs, the log begun {begun} times'


def faults(world, times):
    struck = 0
    for _ in counted('faults', times):
        for error in (errno.ENOSPC, errno.EIO):
            for n in range(1, 200):
                world.arm(WRITE | SYNC, error, n)
                code, words = world.login()
                hit = world.control.struck > 0
                world.disarm()
                if code != 0:
                    check(code == 5 and 'cannot record' in words, f'{errno.errorcode[error]} at call {n}: exit {code}: {words}')
                    code, words = world.login()
                    check(code == 0, f'service did not resume after {errno.errorcode[error]} at call {n}: {words}')
                if not hit:
                    break
                struck += 1
        for error in (errno.ENOSPC, errno.EIO, errno.EROFS, errno.EDQUOT):
            world.arm(WRITE | SYNC | OPEN, error, 1, sticky=True)
            code, words = world.login()
            world.disarm()
            check(code == 5 and 'cannot record' in words, f'{errno.errorcode[error]} for good: exit {code}: {words}')
            code, words = world.login()
            check(code == 0, f'service did not resume after {errno.errorcode[error]}: {words}')
        world.arm(ACCEPT, errno.EMFILE, 1, sticky=True)
        threading.Timer(0.5, world.disarm).start()
        code, words = world.login()
        check(code == 0 and world.control.struck > 0, f'out of descriptors: exit {code}: {words}')
    check(struck > 2 * times, f'only {struck} faults struck')
    check_recorded(world.held, recorded(world.folder / 'ca/state'))
    check(world.daemon.poll() is None, 'the daemon did not survive')
    return f'{struck} system calls failed, one at a time; four ways for good; no descriptors'


def starts(world, times):
    """The n-th call of a start fails, for n drawn anew each time: it says so and ends, or serves; and the next one serves."""
    ended = 0
    struck = 0
    for number in counted('starts', times):
        n = number + 1 if times >= 60 else random.randint(1, 50)
        error = random.choice((errno.EIO, errno.ENOSPC, errno.EMFILE))
        world.stop()
        world.arm(WRITE | SYNC | DATABASE_SYNC | OPEN | RENAME, error, n)
        with open(world.folder / 'log', 'rb') as log:
            log.seek(0, os.SEEK_END)
            try:
                world.start()
            except Failure:
                ended += 1
                words = log.read().decode()
                check(world.daemon.returncode == 1 and re.search('^mayflyd: .*(store|ledger|tls-in-force)', words, re.M),
                      f'{errno.errorcode[error]} at call {n} of a start: exit {world.daemon.returncode}: {words[-500:]}')
        struck += world.control.struck
        world.disarm()
        if world.daemon.poll() is not None:
            world.start()
        code, words = world.login()
        check(code == 0, f'after {errno.errorcode[error]} at call {n} of a start: {words}')
    check(struck > 0, 'no call was made to fail')
    check_recorded(world.held, recorded(world.folder / 'ca/state'))
    return f'{times} with a call that failed, {ended} of them said so and ended'


def shutdown(world, times):
    for _ in counted('shutdown', times):
        before = len(world.held)
        end = world.load(4)
        while len(world.held) == before:
            time.sleep(0.005)
        begin = time.monotonic()
        check(world.stop() == 0, 'the daemon did not end well')
        check(time.monotonic() - begin < 30, 'the daemon took long to end')
        for code, words in end():
            check(code in (0, 5), f'exit {code}: {words}')
        check_recorded(world.held, recorded(world.folder / 'ca/state'))
        world.start()
    return f'{times} under load'


def frame(kind, flags, stream, payload=b''):
    return len(payload).to_bytes(3, 'big') + bytes([kind, flags]) + stream.to_bytes(4, 'big') + payload


def headers(*pairs):  # Without compression: RFC 7541, 6.2.2.
    def text(value):
        if len(value) < 127:
            return bytes([len(value)]) + value
        size, result = len(value) - 127, b'\x7f'
        while size >= 128:
            result, size = result + bytes([size % 128 + 128]), size // 128
        return result + bytes([size]) + value
    return b''.join(b'\0' + text(name) + text(value) for name, value in pairs)


def abuse(world, idlers):
    call = headers((b':method', b'POST'), (b':scheme', b'https'), (b':path', b'/mayfly.v1.Certificates/IssueUser'),
                   (b':authority', b'x'), (b'content-type', b'application/grpc'), (b'te', b'trailers'))

    def connect():
        return socket.create_connection(('127.0.0.1', world.port), timeout=20)

    def http2():
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_alpn_protocols(['h2'])
        stream = context.wrap_socket(connect())
        stream.sendall(b'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n' + frame(4, 0, 0))
        return stream

    def is_closed(sock):
        try:
            while sock.recv(65536):
                pass
            return True
        except socket.timeout:
            return False
        except OSError:
            return True

    def flood(frames):
        try:
            with http2() as stream:
                for one in frames:
                    stream.sendall(one)
        except OSError:
            pass  # It was hung up on, which is an answer.

    def garbage():
        for words in (b'GET / HTTP/1.1\r\nHost: ca\r\n\r\n', b'\xff' * 1000, b'SSH-2.0-scanner\r\n',
                      b'\x16\x03\x01\xff\xff' + b'x' * 70000):
            with connect() as sock:
                try:
                    sock.sendall(words)
                except OSError:
                    continue
                check(is_closed(sock), f'{words[:20]!r} was not hung up on')

    def slow():
        with connect() as silent, connect() as half, connect() as dripping, http2() as empty, http2() as begun:
            begun.sendall(frame(1, 4, 1, call) + frame(0, 0, 1, b'\0\0\0\x10\0x'))  # The rest of the message never comes.
            half.shutdown(socket.SHUT_WR)
            for byte in b'\x16\x03\x01\x02':
                dripping.sendall(bytes([byte]))
                time.sleep(0.2)
            check(is_closed(silent) and is_closed(half) and is_closed(dripping), 'who says nothing is kept')
            check(is_closed(empty) and is_closed(begun), 'who makes no call, or half of one, is kept')

    def idle():
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        socks = []
        for number in range(idlers):
            try:
                sock = socket.socket()
                sock.bind((f'127.0.{1 + number // 100}.1', 0))
                sock.settimeout(5)
                sock.connect(('127.0.0.1', world.port))
                socks.append(sock)
            except OSError:
                sock.close()
        code, words = world.login()
        for sock in socks:
            sock.close()
        check(len(socks) > idlers * 0.9, f'only {len(socks)} of {idlers} connections could be made')
        check(code == 0, f'{idlers} idle connections, a hundred from each source: {words}')

    def stays_open(sock):
        sock.settimeout(1)
        try:
            while sock.recv(65536):
                pass
            return False
        except socket.timeout:
            return True
        except OSError:
            return False

    def begin(stream, first, count):  # Calls without a message: nothing of ours ever sees them.
        stream.sendall(b''.join(frame(1, 4, 1 + 2 * number, call) for number in range(first, first + count)))

    def spoken():
        """A connection that has made a call, so that its silence does not end it."""
        stream = http2()
        stream.sendall(frame(1, 4, 1, call) + frame(0, 1, 1, b'\0\0\0\0\0'))
        got = b''
        while b'grpc-status' not in got:
            more = stream.recv(65536)
            check(more, 'a call was not answered')
            got += more
        return stream

    def open_calls():
        with spoken() as stream:  # limits.max_streams_per_connection is 128: of who keeps to HTTP/2 …
            stream.sendall(frame(4, 1, 0))
            begin(stream, 1, 128)
            check(stays_open(stream), '128 calls on a connection are not allowed')
            begin(stream, 129, 1)
            stream.settimeout(20)
            check(is_closed(stream), '129 calls on a connection are allowed')
        with spoken() as stream:  # … and twice that of who never acknowledges what the daemon said.
            try:
                begin(stream, 1, 3000)
            except OSError:
                pass
            check(is_closed(stream), '3,000 calls on a connection are allowed to who does not acknowledge the limit')
        with contextlib.ExitStack() as stack:  # All of a source together: 4 * 256.
            streams = [stack.enter_context(spoken()) for _ in range(16)]
            for stream in streams:
                begin(stream, 1, 100)
            time.sleep(2)
            kept = sum(stays_open(stream) for stream in streams)
            check(0 < kept <= 10, f'a source may have a hundred calls open on each of {kept} connections')

    def noise():
        before = (world.folder / 'log').read_bytes().count(b'\n')
        for _ in range(400):
            with connect() as sock:
                try:
                    sock.sendall(b'GET / HTTP/1.1\r\n\r\n')
                    is_closed(sock)
                except OSError:
                    pass
        lines = (world.folder / 'log').read_bytes().count(b'\n') - before
        check(lines < 200, f'400 connections that were no calls wrote {lines} lines of log')

    def rapid_reset():
        flood(b''.join(frame(1, 4, s, call) + frame(3, 0, s, b'\0\0\0\x08') for s in range(1 + 200 * batch, 201 + 200 * batch, 2))
              for batch in range(100))

    def endless_headers():
        flood([frame(1, 0, 1, call)] + [frame(9, 0, 1, headers((b'x', b'y' * 8000)))] * 1000)

    def empty_streams():
        flood(frame(1, 4, s, call) for s in range(1, 4000, 2))

    def pings():
        flood([frame(6, 0, 0, b'p' * 8) + frame(4, 0, 0) + frame(0x77, 0, 0, b'u' * 100)] * 3000)

    tried = [garbage, noise, slow, idle, open_calls, rapid_reset, endless_headers, empty_streams, pings]
    for one in tried:
        one()
        code, words = world.login()
        check(code == 0, f'after {one.__name__}: exit {code}: {words}')
        check(world.daemon.poll() is None, f'{one.__name__} ended the daemon')
    resident = int(re.search(r'VmRSS:\s+(\d+)', pathlib.Path(f'/proc/{world.daemon.pid}/status').read_text()).group(1))
    check(resident < 400 * 1024, f'the daemon has grown to {resident} KiB')
    return f'{len(tried)} ways; {resident // 1024} MiB resident'


# What needs no credential: everything that it answers is public and signed, or one word.
PUBLIC_SERVICE = '/mayfly.v1.Trust/'
OK, UNKNOWN, INVALID, NOT_FOUND, UNIMPLEMENTED, INTERNAL, UNAUTHENTICATED = 0, 2, 3, 5, 12, 13, 16


def varint(number):
    result = b''
    while number >= 128:
        result, number = result + bytes([number % 128 + 128]), number // 128
    return result + bytes([number])


def field(number, value):  # A protobuf field: bytes, or a number.
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def call(world, method, message):
    """The status of one unary call on a connection of its own, whose header tables are empty: all words stand there in full."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(['h2'])
    block = headers((b':method', b'POST'), (b':scheme', b'https'), (b':path', method.encode()), (b':authority', b'x'),
                    (b'content-type', b'application/grpc'), (b'te', b'trailers'))
    with context.wrap_socket(socket.create_connection(('127.0.0.1', world.port), timeout=20)) as stream:
        stream.sendall(b'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n' + frame(4, 0, 0) + frame(1, 4, 1, block) +
                       frame(0, 1, 1, b'\0' + len(message).to_bytes(4, 'big') + message))
        got = b''
        while True:
            found = re.search(rb'grpc-status.(\d+)', got, re.S)
            if found:
                words = re.search(rb'grpc-message.([ -~]*?)(?=\x40|$|\0)', got, re.S)
                return int(found.group(1)), words.group(1).decode() if words else '', got
            more = stream.recv(65536)
            check(more, f'{method}: the connection ended without a status')
            got += more


def strangers(world, _):
    """Every RPC of services.proto without a credential and with each wrong one: a new RPC is in by itself."""
    root = pathlib.Path(__file__).resolve().parents[2] / 'proto/mayfly/v1'
    services, calls = (root / 'services.proto').read_text(), (root / 'call.proto').read_text()
    kinds = {name: int(number) for name, number in re.findall(r'CREDENTIAL_KIND_(\w+) = (\d+);', calls)}
    check(len(kinds) > 4, 'no kinds of credential in call.proto')
    rpcs = []
    for service, body in re.findall(r'^service (\w+) \{(.*?)^\}', services, re.M | re.S):
        for name, request in re.findall(r'rpc (\w+)\((?:stream )?(\w+)\)', body):
            rpcs.append((f'/mayfly.v1.{service}/{name}', request))
    check(len(rpcs) >= 15, f'only {len(rpcs)} RPCs in services.proto')
    world.run('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', 'nobody')
    ca_id = world.run('ssh-keygen', '-lf', 'ca/trust.pub').split()[1]

    def sign(key, name_space, document):
        (world.folder / 'document').write_bytes(document)
        (world.folder / 'document.sig').unlink(missing_ok=True)
        world.run('ssh-keygen', '-q', '-Y', 'sign', '-f', key, '-n', name_space, 'document')
        return base64.b64decode(''.join((world.folder / 'document.sig').read_text().split('\n')[1:-2]))

    def document(method, kind, audience=ca_id, age=0):
        return (field(1, method.encode()) + field(2, audience.encode()) + field(3, field(1, int(time.time()) - age)) +
                field(4, os.urandom(24)) + field(5, kind))

    def signed(text, *signatures):
        return field(1, text) + b''.join(field(2, one) for one in signatures)

    tried = 0
    for method, request in rpcs:
        def send(message, wrapped=request != 'SignedCall'):
            return call(world, method, field(1, message) if wrapped else message)
        if method.startswith(PUBLIC_SERVICE):
            status, words, _ = call(world, method, b'')
            check(status in (OK, INVALID, NOT_FOUND), f'{method}: {status} {words}')
            continue
        doc = document(method, kinds['SSH_KEY'])
        good = sign('alice', 'credential.v1@mayfly', doc)
        bent = good[:-1] + bytes([good[-1] ^ 1])
        attempts = {'nothing': b'', 'garbage': signed(b'garbage', b'garbage'), 'no signature': signed(doc),
                    'a bit of the signature': signed(doc, bent), 'a changed document': signed(doc + field(6, b'x'), good),
                    'two credentials': signed(doc, good, sign('nobody', 'credential.v1@mayfly', doc)),
                    'signed as possession': signed(doc, sign('alice', 'possession.v1@mayfly', doc)),
                    'signed for files': signed(doc, sign('alice', 'file', doc))}
        for name, other in (('another method', document('/mayfly.v1.X/Y', kinds['SSH_KEY'])),
                            ('another CA', document(method, kinds['SSH_KEY'], audience='SHA256:' + 'A' * 43)),
                            ('stale', document(method, kinds['SSH_KEY'], age=600)),
                            ('a kind that is none', document(method, 999))):
            attempts[name] = signed(other, sign('alice', 'credential.v1@mayfly', other))
        for name, kind in kinds.items():
            for key in ('nobody', 'alice'):
                if (key, name) == ('alice', 'SSH_KEY'):
                    continue
                doc = document(method, kind)
                attempts[f'{key} as {name}'] = signed(doc, sign(key, 'credential.v1@mayfly', doc))
        for name, attempt in attempts.items():
            status, words, _ = send(attempt)
            check(status == UNAUTHENTICATED, f'{method}, {name}: status {status} {words}; a stranger must get UNAUTHENTICATED '
                  '(what is public belongs to the service Trust)')
            check(words.startswith('not authenticated'), f'{method}, {name}: a stranger was told: {words}')
            tried += 1
        # Whom we know, with nothing in the document: an error, and no crash.
        doc = document(method, kinds['SSH_KEY'])
        status, words, _ = send(signed(doc, sign('alice', 'credential.v1@mayfly', doc)))
        check(status not in (UNKNOWN, INTERNAL), f'{method} without parameters: status {status} {words}')
    for method in ('/mayfly.v1.Certificates/Sign', '/mayfly.v1.certificates/issueuser', '/x',
                   '/mayfly.v1.Certificates/IssueUser/../Get', '/grpc.channelz.v1.Channelz/GetServers',
                   '/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo',
                   '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo'):
        status, words, _ = call(world, method, b'')
        check(status == UNIMPLEMENTED, f'{method}: status {status} {words}')
    return f'{len(rpcs)} RPCs, {tried} calls refused with one answer'


PARTS = {'kill': (kill, 2, 1000), 'power': (power, 15, 1000), 'faults': (faults, 1, 20), 'starts': (starts, 4, 60),
         'shutdown': (shutdown, 1, 100), 'abuse': (abuse, 600, 10000), 'strangers': (strangers, 1, 1)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('parts', nargs='*', metavar='PART')
    parser.add_argument('--short', action='store_true', help='as the test suite runs it')
    parser.add_argument('--times', type=int, help='rounds, cuts or repetitions')
    parser.add_argument('--bin', required=True)
    parser.add_argument('--shim', required=True)
    options = parser.parse_args()
    unknown = set(options.parts) - set(PARTS)
    if unknown:
        parser.error(f'no part {", ".join(sorted(unknown))}')
    world = World(options)
    failed = False
    try:
        for name in options.parts or PARTS:
            run, short, full = PARTS[name]
            begin = time.monotonic()
            said = run(world, options.times or (short if options.short else full))
            print(f'{name}: {said} ({time.monotonic() - begin:.0f} s)', flush=True)
    except Failure as failure:
        failed = True
        print(f'{name}: FAILED: {failure}\n--- the end of the log:\n' + (world.folder / 'log').read_text()[-1500:])
    finally:
        world.close()
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
