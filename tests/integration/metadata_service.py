#!/usr/bin/env python3
"""A cloud's metadata service on loopback, with keys of the tests' own and the clouds' own formats.

  metadata_service.py FOLDER PORT

FOLDER holds `mode` (read at every request: aws, gcp, azure, redirect, tampered, hang, forbidden, long), `document.json`
(AWS), `signer.pem`, `signer.key`, for Azure `chain.pem`, and for tokens `issuer.pem` and `project` (GCP). Every request is written to `requests`, and the last good
answer to `served`.
"""
import base64
import datetime
import http.server
import json
import pathlib
import subprocess
import sys
import time
import urllib.parse

folder = pathlib.Path(sys.argv[1])
TOKEN = 'AQAEALS1cTJ0b2tlbg=='


def sign(content, with_certificates):
    command = ['openssl', 'smime', '-sign', '-nodetach', '-binary', '-outform', 'DER', '-md', 'sha256',
               '-signer', folder / 'signer.pem', '-inkey', folder / 'signer.key']
    command += ['-certfile', folder / 'chain.pem'] if with_certificates else ['-nocerts']
    return subprocess.run(command, input=content, capture_output=True, check=True).stdout


def lines(data):
    text = base64.b64encode(data).decode()
    return '\n'.join(text[i:i + 64] for i in range(0, len(text), 64))


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b'=')


def token(claims):
    """A compact token by RS256."""
    text = encode(b'{"alg":"RS256","kid":"k1","typ":"JWT"}') + b'.' + encode(json.dumps(claims).encode())
    command = ['openssl', 'dgst', '-sha256', '-sign', folder / 'issuer.pem', '-binary']
    signature = subprocess.run(command, input=text, capture_output=True, check=True).stdout
    return (text + b'.' + encode(signature)).decode()


class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self, status, body='', headers=()):
        data = body.encode()
        if status == 200:
            (folder / 'served').write_bytes(data)
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header('Content-Length', str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def mode(self):
        with open(folder / 'requests', 'a') as log:
            log.write(f'{self.command} {self.path}\n')
        return (folder / 'mode').read_text().strip()

    def common(self, mode):
        """Whether the mode is one for every request."""
        if mode == 'redirect':
            self.answer(302, headers=[('Location', 'http://127.0.0.1:1/elsewhere')])
        elif mode == 'hang':
            time.sleep(30)
        elif mode == 'forbidden':
            self.answer(403)
        elif mode == 'long':
            self.answer(200, 'x' * 100000)
        else:
            return False
        return True

    def do_PUT(self):
        mode = self.mode()
        if self.common(mode):
            return
        if mode == 'gcp':
            return self.answer(403, 'Missing Metadata-Flavor:Google header.')
        if mode == 'azure' or self.path != '/latest/api/token' or 'X-aws-ec2-metadata-token-ttl-seconds' not in self.headers:
            return self.answer(404)
        self.answer(200, TOKEN)

    def do_GET(self):
        mode = self.mode()
        if self.common(mode):
            return
        url = urllib.parse.urlparse(self.path)
        if mode == 'gcp':
            return self.gcp(url)
        if mode == 'azure':
            return self.azure(url)
        if self.headers.get('X-aws-ec2-metadata-token') != TOKEN:
            return self.answer(401)
        if url.path != '/latest/dynamic/instance-identity/rsa2048':
            return self.answer(404)
        document = (folder / 'document.json').read_text()
        signed = sign(document.encode(), False)
        if mode == 'tampered':
            signed = signed.replace(b'eu-west-1a', b'eu-west-1b')
        self.answer(200, lines(signed))

    def gcp(self, url):
        query = urllib.parse.parse_qs(url.query)
        if self.headers.get('Metadata-Flavor') != 'Google':
            return self.answer(403, 'Missing Metadata-Flavor:Google header.')
        if url.path != '/computeMetadata/v1/instance/service-accounts/default/identity' or query.get('format') != ['full']:
            return self.answer(404)
        now = int(time.time())
        engine = {'instance_creation_timestamp': now - 60, 'instance_id': '152986662232938449', 'instance_name': 'example',
                  'project_id': (folder / 'project').read_text().strip(), 'project_number': 739419398126,
                  'zone': 'us-central1-f'}
        claims = {'aud': query['audience'][0], 'azp': '108756749506412345678', 'exp': now + 3600, 'iat': now,
                  'email': 'boot@my-project.iam.gserviceaccount.com', 'email_verified': True,
                  'google': {'compute_engine': engine}, 'iss': 'https://accounts.google.com', 'sub': '108756749506412345678'}
        self.answer(200, token(claims), headers=[('Metadata-Flavor', 'Google')])

    def azure_identity(self, query):
        now = int(time.time())
        tenant = '72f988bf-86f1-41af-91ab-2d7cd011db47'
        machine = ('/subscriptions/8d10da13-8125-4ba9-a717-bf7490507b3d/resourcegroups/Web/providers/Microsoft.Compute/'
                   'virtualMachines/web7')
        claims = {'aud': query['resource'][0], 'iss': f'https://sts.windows.net/{tenant}/', 'iat': now, 'nbf': now,
                  'exp': now + 86400, 'oid': '9d2f4f2e-0000-0000-0000-000000000002', 'tid': tenant, 'ver': '1.0',
                  'sub': '9d2f4f2e-0000-0000-0000-000000000002', 'xms_mirid': machine}
        self.answer(200, json.dumps({'access_token': token(claims), 'expires_in': '86399', 'token_type': 'Bearer',
                                     'resource': query['resource'][0]}))

    def azure(self, url):
        query = urllib.parse.parse_qs(url.query)
        if url.path == '/metadata/identity/oauth2/token' and self.headers.get('Metadata') == 'true' and 'resource' in query:
            return self.azure_identity(query)
        if url.path != '/metadata/attested/document' or self.headers.get('Metadata') != 'true' or 'api-version' not in query:
            return self.answer(400)
        now = datetime.datetime.now(datetime.timezone.utc)
        stamp = '%m/%d/%y %H:%M:%S -0000'
        document = {'licenseType': '', 'nonce': query['nonce'][0], 'plan': {'name': '', 'product': '', 'publisher': ''},
                    'sku': '22_04-lts', 'subscriptionId': '8d10da13-8125-4ba9-a717-bf7490507b3d',
                    'timeStamp': {'createdOn': now.strftime(stamp),
                                  'expiresOn': (now + datetime.timedelta(hours=6)).strftime(stamp)},
                    'vmId': '02aab8a4-74ef-476e-8182-f6d2ba4166a6'}
        signed = sign(json.dumps(document).encode(), True)
        self.answer(200, json.dumps({'encoding': 'pkcs7', 'signature': base64.b64encode(signed).decode()}))

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer(('127.0.0.1', int(sys.argv[2])), Handler).serve_forever()
