mayfly_fuzz(ledger_event SOURCE ledger_event_fuzz.cc DEPS mayfly_ledger)
mayfly_fuzz(policy
  SOURCE policy_fuzz.cc
  DEPS mayfly_policy)
mayfly_fuzz(key_file
  SOURCE key_file_fuzz.cc
  DEPS mayfly_keys)
mayfly_fuzz(bundle_manifest
  SOURCE bundle_manifest_fuzz.cc
  DEPS mayfly_bundle)
mayfly_fuzz(bundle_principals_map
  SOURCE bundle_principals_map_fuzz.cc
  DEPS mayfly_bundle)
mayfly_fuzz(policy_cases
  SOURCE policy_cases_fuzz.cc
  DEPS mayfly_policy_analysis mayfly_client_policy)
mayfly_fuzz(token
  SOURCE token_fuzz.cc
  DEPS mayfly_token)
mayfly_fuzz(jwk_set
  SOURCE jwk_set_fuzz.cc
  DEPS mayfly_token)
mayfly_fuzz(signed_call
  SOURCE signed_call_fuzz.cc
  DEPS mayfly_server)
mayfly_fuzz(signed_content
  SOURCE signed_content_fuzz.cc
  DEPS mayfly_authn)
mayfly_fuzz(client_certificate
  SOURCE client_certificate_fuzz.cc
  DEPS mayfly_authn)
