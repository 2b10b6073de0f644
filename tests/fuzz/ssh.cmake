foreach(target ssh_agent_identities ssh_certificate ssh_certificate_line ssh_krl ssh_options)
  mayfly_fuzz(${target} SOURCE ${target}_fuzz.cc DEPS mayfly_ssh)
endforeach()
