"""AsyncSSH and Paramiko as readers, judges and clients. See interop_test.py."""
import asyncio
import sys


def asyncssh_check(ca_file, principal, path):
    import asyncssh
    certificate = asyncssh.read_certificate(path)  # Verifies the CA's signature.
    if certificate.signing_key != asyncssh.read_public_key(ca_file):
        raise ValueError('another CA')
    certificate.validate(1, principal)


def asyncssh_login(host, port, user, key, certificate, known_host):
    import asyncssh

    async def run():
        async with asyncssh.connect(host, port, username=user, client_keys=[(key, certificate)], config=None,
                                    agent_path=None, known_hosts=([asyncssh.read_public_key(known_host)], [], []),
                                    server_host_key_algs=['ssh-ed25519']) as connection:
            print((await connection.run('echo welcome', check=True)).stdout, end='')
    asyncio.run(run())


def paramiko_check(_ca_file, _principal, path):
    from paramiko.pkey import PublicBlob
    PublicBlob.from_file(path)


def paramiko_login(host, port, user, key, certificate, known_host):
    import paramiko
    kinds = {'ed25519': paramiko.Ed25519Key, 'ecdsa': paramiko.ECDSAKey, 'rsa': paramiko.RSAKey}
    kind = open(key + '.pub').read().split()[0].split('-')[1 if 'ssh-' in open(key + '.pub').read()[:4] else 0]
    private = kinds[kind].from_private_key_file(key)
    private.load_certificate(certificate)
    client = paramiko.SSHClient()
    expected = open(known_host).read().split()
    client.get_host_keys().add(f'[{host}]:{port}', expected[0],
                               paramiko.Ed25519Key(data=__import__('base64').b64decode(expected[1])))
    client.connect(host, port, user, pkey=private, allow_agent=False, look_for_keys=False)
    _, out, _ = client.exec_command('echo welcome')
    print(out.read().decode(), end='')
    client.close()


def main():
    library, action, arguments = sys.argv[1], sys.argv[2], sys.argv[3:]
    if action == 'version':
        print(__import__(library).__version__)
        return 0
    run = globals()[f'{library}_{action}']
    if action == 'check':
        for path in arguments[2:]:
            try:
                run(arguments[0], arguments[1], path)
                print(f'{path}\tok')
            except Exception as error:  # What a library throws is its own affair.
                print(f'{path}\tno\t{type(error).__name__} {error}'.replace('\n', ' '))
        return 0
    host, port = arguments[0].split(':')
    run(host, int(port), *arguments[1:])
    return 0


if __name__ == '__main__':
    sys.exit(main())
