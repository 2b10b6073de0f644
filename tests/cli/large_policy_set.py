#!/usr/bin/env python3
"""Writes the policies of a made-up company of a hundred teams: 500 grants, with cases for a few of them.

  large_policy_set.py FOLDER

Every team has its hosts in staging and production, a deploy account, a pipeline and someone on call: what a set looks
like after some years. For trying the verbs of `mayfly policy` on something larger than an example.
"""
import pathlib
import sys

TEAMS = [f'{field}-{part}' for field in (
    'billing', 'catalog', 'checkout', 'search', 'identity', 'mail', 'media', 'payments', 'shipping', 'warehouse')
         for part in ('api', 'batch', 'cache', 'data', 'edge', 'front', 'jobs', 'queue', 'store', 'web')]

TEAM = '''  - name: {team}-staging
    description: The team {team} reaches its hosts in staging as itself or as its account.
    for: {{realm: people, groups: [{team}]}}
    user_certificate:
      hosts: {{env: staging, team: {team}}}
      logins: ["${{username}}", {account}]
      lifetime: {{default: 8h, max: 12h}}
      extensions: [permit-pty, permit-port-forwarding]
  - name: {team}-production
    description: The team {team} reads along in production during the day.
    for:
      realm: people
      groups: [{team}]
      no_groups: [contractors]
      networks: ["set:offices"]
      hours: {{days: mon-fri, between: "07:00-20:00", zone: Europe/Berlin}}
    user_certificate:
      hosts: {{env: production, team: {team}}}
      logins: [readonly]
      lifetime: {{default: 2h, max: 4h, end_with_hours: true}}
  - name: {team}-root
    description: Whoever of {team} is on call becomes root in production when a lead agrees.
    for: {{realm: people, all_groups: [{team}, on-call]}}
    user_certificate:
      hosts: {{env: production, team: {team}}}
      logins: [root]
      lifetime: {{default: 30m, max: 1h}}
    requires:
      reason: {{pattern: "INC-#"}}
      approvals: [{{count: 1, from: {{realm: people, groups: [leads]}}, within: 30m}}]
  - name: {team}-deploy
    description: The pipeline of {team} deploys from its main branch.
    for:
      authenticators: [github]
      claims: {{repository: [acme/{team}], ref: [refs/heads/main]}}
    user_certificate:
      hosts: {{team: {team}}}
      logins: [{account}]
      lifetime: {{default: 10m, max: 20m}}
      extensions: []
  - name: {team}-hosts
    description: Hosts of {team} by their own names and by the name of the service.
    for: {{authenticators: [join], labels: {{team: {team}}}}}
    host_certificate:
      principals: ["${{hostname}}", "${{hostname}}.example.com", {team}.example.com]
      lifetime: {{default: 7d, max: 30d}}
'''
COMMON = '''ceilings: {user_lifetime: 24h, host_lifetime: 90d}
scoped_only: {env: production}
networks:
  offices: [198.51.100.0/24, 203.0.113.0/24, "2001:db8:0f::/48"]
denials:
  - name: contractors-never-root
    when: {groups: [contractors], logins: [root]}
    message: contractors use the account of their team
  - name: leavers
    when: {groups: [leaving]}
    message: your access has ended; ask your lead
operators:
  - {name: security, for: {realm: people, groups: [security]}, may: [read-certificates, read-decisions, approve]}
  - {name: platform, for: {realm: people, groups: [platform]}, may: [create-join-tokens, apply-policy]}
'''
CASES = '''  - name: {team} reaches staging
    as: {{user: alice, groups: [{team}]}}
    ask: {{logins: [alice], host: {{name: h1, labels: {{env: staging, team: {team}}}}}}}
    expect: {{granted: {{grant: {team}-staging, principals: ["env=staging&team={team}/alice"], lifetime: 8h}}}}
  - name: {team} waits for a lead to become root
    as: {{user: alice, groups: [{team}, on-call]}}
    ask: {{grant: {team}-root, reason: INC-1 disk full}}
    expect: {{pending: {{grant: {team}-root, waits_for: ["1 from realm people, groups [leads]"]}}}}
  - name: a contractor of {team} does not
    as: {{user: dave, groups: [{team}, on-call, contractors]}}
    ask: {{grant: {team}-root, reason: INC-1 disk full}}
    expect: {{denied: {{by: denial contractors-never-root}}}}
'''


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True)
    (folder / '00-common.yaml').write_text(COMMON)
    for field in sorted({team.split('-')[0] for team in TEAMS}):
        of_field = [team for team in TEAMS if team.startswith(field)]
        rules = ''.join(TEAM.format(team=team, account='svc-' + team) for team in of_field)
        (folder / f'{field}.yaml').write_text('grants:\n' + rules)
        cases = ''.join(CASES.format(team=team) for team in of_field)
        (folder / f'{field}.cases.yaml').write_text('cases:\n' + cases)


main()
