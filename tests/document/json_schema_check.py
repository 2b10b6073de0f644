#!/usr/bin/env python3
"""Holds the JSON Schemas of `mayfly policy schema` against files that the loaders take and refuse.

usage: json_schema_check.py MAYFLY SOURCE_FOLDER
"""
import json
import pathlib
import re
import subprocess
import sys

import jsonschema
import yaml

MAYFLY, SOURCE = sys.argv[1], pathlib.Path(sys.argv[2])


class Loader(yaml.SafeLoader):
    """YAML 1.2's core schema, as editors and Mayfly read: no dates, no `no` for false."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers
            if tag not in ('tag:yaml.org,2002:timestamp', 'tag:yaml.org,2002:bool',
                           'tag:yaml.org,2002:int')]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()}
Loader.add_implicit_resolver('tag:yaml.org,2002:bool', re.compile('^(true|false)$'), list('tf'))
Loader.add_implicit_resolver('tag:yaml.org,2002:int', re.compile('^[-+]?[0-9]+$'), list('-+0123456789'))

failures = 0


def expect(name, condition, detail=''):
    global failures
    if not condition:
        failures += 1
        print(f'FAILED {name}: {detail}')


def schema_of(kind):
    text = subprocess.run([MAYFLY, 'policy', 'schema', kind], capture_output=True, text=True, check=True).stdout
    schema = json.loads(text)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def errors(validator, text):
    return [f'{"/".join(map(str, e.absolute_path))}: {e.message[:200]}'
            for e in validator.iter_errors(yaml.load(text, Loader))]


def blocks(page):
    return re.findall(r'^```yaml\n(.*?)^```$', (SOURCE / 'docs' / page).read_text(), re.S | re.M)


policy, cases, users, config = (schema_of(kind) for kind in ('policy', 'cases', 'users', 'config'))

good = [(policy, path) for path in SOURCE.glob('policies/*.yaml') if not path.name.endswith('.cases.yaml')]
good += [(cases, path) for path in SOURCE.glob('policies/*.cases.yaml')]
expect('examples', len(good) >= 5, len(good))
for validator, path in good:
    found = errors(validator, path.read_text())
    expect(path.name, not found, found)
for page in ('policy-cookbook.md', 'policy-language.md', 'policy-testing.md'):
    for text in blocks(page):
        found = errors(cases if text.startswith('cases:') else policy, text)
        expect(f'{page}: {text[:40]!r}', not found, found)
for text in blocks('configuration.md'):
    kind = users if text.lstrip().startswith('users:') else config
    found = errors(kind, text)
    expect(f'configuration.md: {text[:40]!r}', not found, found)

GRANT = 'grants:\n  - name: x\n    for: {realm: people}\n    user_certificate: {hosts: any, logins: [a], %s}\n'
bad = [
    (policy, 'unknown field', GRANT % 'lifetme: {default: 1h, max: 1h}'),
    (policy, 'unknown word', GRANT % 'keys: {types: [ed25518]}'),
    (policy, 'no duration', GRANT % 'lifetime: {default: soon, max: 1h}'),
    (policy, 'no list', 'grants:\n  - {name: x, for: {groups: a}}\n'),
    (policy, 'no mapping', 'grants: nothing\n'),
    (policy, 'no boolean', 'grants:\n  - {name: x, default: yes}\n'),
    (policy, 'neither word nor labels', 'grants:\n  - {name: x, user_certificate: {hosts: all}}\n'),
    (cases, 'two answers', 'cases:\n  - {name: x, as: {user: a}, expect: {granted: {grant: x}, denied: {}}}\n'),
    (cases, 'negative', 'cases:\n  - {name: x, as: {user: a}, key: {type: rsa, rsa_bits: -1}, expect: {denied: {}}}\n'),
    (users, 'unknown field', 'users:\n  - {name: a, key: [x]}\n'),
    (config, 'unknown word', 'log: {level: loud}\n'),
]
for validator, name, text in bad:
    expect(name, errors(validator, text), 'accepted: ' + text)

# An editor shows descriptions.
definition = policy.schema['$defs']['PolicyGrant']
expect('descriptions', 'description' in definition and 'description' in definition['properties']['default'], definition)
print('ok' if failures == 0 else f'{failures} failed')
sys.exit(1 if failures else 0)
