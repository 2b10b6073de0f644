mayfly_fuzz(ledger_event SOURCE ledger_event_fuzz.cc DEPS mayfly_ledger)
