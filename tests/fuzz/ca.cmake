mayfly_fuzz(ledger_event SOURCE ledger_event_fuzz.cc DEPS mayfly_ledger)
mayfly_fuzz(policy
  SOURCE policy_fuzz.cc
  DEPS mayfly_policy)
